import type { Incident } from "../detection/incidents/incident.ts";
import { protectedAddresses } from "../detection/protected_addresses.ts";
import { refusalToBlock } from "../lists/access_store.ts";
import { contains, readCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { trafficOf } from "./incident_traffic.ts";
import { DAY } from "../base/duration.ts";

/** The parts of an incident that can be blocked. */
export const BLOCK_SCOPES = ["addresses", "networks"] as const;

export type BlockScope = typeof BLOCK_SCOPES[number];

/** The impact of a block of an incident's addresses or networks. */
export interface IncidentPreview extends Targets, Affected {
  scope: BlockScope;
}

/** What can be added to a list from incidents. */
export interface Targets {
  targets: string[];
  /** What would be left out, with reasons. */
  spared: { ip_address: string; why: string }[];
}

/** The impact on clients and users. */
export interface Affected {
  /** In the last 7 days: requests, and the users among the targets. */
  requests: number;
  users: string[];
  crawlers: string[];
  includes_you: boolean;
  /** False if time ran out: there may be more. */
  isWhole: boolean;
}

/** The period searched, and the time limit, in milliseconds. */
const SPAN_MS = 7 * DAY;
const BUDGET_MS = 800;

/**
 * The effect of blocking an incident's addresses or networks, and the addresses that are left out.
 */
export async function previewBlock(
  parts: Pick<ConsoleParts, "kv" | "now" | "config">,
  incident: Pick<Incident, BlockScope>,
  scope: BlockScope,
  /** The address of the author, which is left out. */
  from: string | null,
): Promise<IncidentPreview> {
  const { kv, now, config } = parts;
  const protectedIps = [...await protectedAddresses({ kv, now })]
    .flatMap((text) => parseIp(text) ?? []);
  const { trustedProxies } = config;
  const targets: string[] = [];
  const spared: IncidentPreview["spared"] = [];
  for (const ip of incident[scope]) {
    const range = readCidr(ip);
    const why = range === null
      ? "not an address"
      : protectedIps.some((each) => contains(range, each))
      ? "an admin or known user uses it"
      : await refusalToBlock(kv, now, {
        ip: range,
        trustedProxies,
        protectedIps: from === null ? [] : [from],
      });
    if (why === null) targets.push(ip);
    else spared.push({ ip_address: ip, why });
  }
  const affected = await affectedBy(parts, targets, from);
  return { scope, targets, spared, ...affected };
}

/** The requests of addresses and ranges in the last 7 days, and the users among them. */
export async function affectedBy(
  parts: Pick<ConsoleParts, "kv" | "now" | "config">,
  targets: string[],
  from: string | null,
): Promise<Affected> {
  const { now } = parts;
  const author = from === null ? null : parseIp(from);
  const traffic = await trafficOf(parts, targets, {
    since: now() - SPAN_MS,
    until: now() + 1,
    budgetMs: BUDGET_MS,
  });
  return {
    requests: traffic.totals.requests,
    users: traffic.more.usernames.map(({ name }) => name),
    crawlers: traffic.more.bots.map(({ name }) => name),
    includes_you: author !== null &&
      targets.some((text) => {
        const range = readCidr(text);
        return range !== null && contains(range, author);
      }),
    isWhole: traffic.counted_since <= now() - SPAN_MS,
  };
}
