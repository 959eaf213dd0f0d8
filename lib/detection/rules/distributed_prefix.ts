import { HOUR } from "../../base/duration.ts";
import { cidrOf, formatCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import type { FindingDraft } from "../draft.ts";
import { mergeEvidence } from "../evidence.ts";
import type { Summary, SummaryFinding, SummaryRule } from "../summary.ts";
import { counted, inTheHour } from "./words.ts";

/**
 * Several offenders in one network (/24 or /48): suggests a block of the range and counts the other
 * clients in it. fail2ban's users ask for it against crawlers that use each address once. It only
 * suggests: no range is ever blocked automatically.
 */
export function distributedPrefix(): SummaryRule {
  return {
    name: "distributed_prefix",
    about:
      "Several addresses with findings above info in one /24 or /48; shows whom a block of the range would affect.",
    stream: "findings",
    severity: "warning",
    windowMs: HOUR,
    threshold: 2,
    weight: 0,
    judge(summary, { threshold, severity }) {
      const byPrefix = new Map<string, FindingDraft[]>();
      for (const draft of summary.drafts) {
        if (draft.severity === "info") continue;
        const prefix = prefixOf(draft.ip_address);
        if (prefix === null) continue;
        const drafts = byPrefix.get(prefix);
        if (drafts) drafts.push(draft);
        else byPrefix.set(prefix, [draft]);
      }
      const ranges = new Map<string, Set<string>>();
      for (const [prefix, drafts] of byPrefix) {
        const offenders = new Set(drafts.map(({ ip_address }) => ip_address));
        if (offenders.size > threshold) ranges.set(prefix, offenders);
      }
      if (ranges.size === 0) return [];
      const others = collateral(summary, ranges);
      return [...ranges].map(([prefix, { size }]): SummaryFinding => {
        const drafts = byPrefix.get(prefix)!;
        return {
          subject: rangeOf(drafts[0]!.ip_address),
          severity,
          count: size,
          first: Math.min(...drafts.map(({ first_seen }) => first_seen)),
          last: Math.max(...drafts.map(({ last_seen }) => last_seen)),
          evidence: drafts.slice(0, 10).reduce(
            (all, { evidence }) => mergeEvidence(all, evidence.slice(0, 1)),
            [] as FindingDraft["evidence"],
          ),
          explanation: `${size} offenders ${inTheHour(summary.period)}; ${
            inWords(others.get(prefix))
          }`,
        };
      });
    },
  };
}

interface Others {
  addresses: number;
  requests: number;
  signedIn: number;
}

function inWords(others: Others | undefined): string {
  if (!others) return "there were no other addresses";
  const { addresses, requests, signedIn } = others;
  return `a block would also affect ${
    counted(addresses, "other address", "other addresses")
  } with ${counted(requests, "request")}, ${signedIn} signed in`;
}

/** The other clients of those ranges. */
function collateral(
  { clients }: Summary,
  ranges: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, Others> {
  const others = new Map<string, Others>();
  for (const [address, { requests, signedIn }] of clients) {
    const prefix = prefixOf(address);
    if (prefix === null || ranges.get(prefix)?.has(address) !== false) continue;
    const sum = others.get(prefix) ??
      { addresses: 0, requests: 0, signedIn: 0 };
    sum.addresses++;
    sum.requests += requests;
    if (signedIn) sum.signedIn++;
    others.set(prefix, sum);
  }
  return others;
}

/** A key for the network of an address; cheap for IPv4, the most frequent case. */
function prefixOf(address: string): string | null {
  if (!address.includes(":")) {
    const dot = address.lastIndexOf(".");
    return dot < 0 ? null : address.slice(0, dot);
  }
  return parseIp(address) ? rangeOf(address) : null;
}

function rangeOf(address: string): string {
  const ip = parseIp(address)!;
  return formatCidr(cidrOf(ip, ip.family === 4 ? 24 : 48));
}
