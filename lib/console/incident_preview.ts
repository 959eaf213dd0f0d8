import type { Incident } from "../detection/incidents/incident.ts";
import { protectedAddresses } from "../detection/protected_addresses.ts";
import { refusalToBlock } from "../lists/access_store.ts";
import { contains, readCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { trafficOf } from "./incident_traffic.ts";
import { DAY } from "../base/duration.ts";

/** What of an incident can be blocked. */
export const BLOCK_SCOPES = ["addresses", "networks"] as const;

export type BlockScope = typeof BLOCK_SCOPES[number];

/** Whom a block of an incident's addresses or networks would hit. */
export interface IncidentPreview extends Targets, Affected {
  scope: BlockScope;
}

/** What of incidents can be put on a list. */
export interface Targets {
  targets: string[];
  /** What would be left out, with why. */
  spared: { ip_address: string; why: string }[];
}

/** Whom it would affect. */
export interface Affected {
  /** In the last 7 days: requests, and who was among the targets. */
  requests: number;
  users: string[];
  crawlers: string[];
  includes_you: boolean;
  /** False where time ran out: there may be more. */
  isWhole: boolean;
}

/** How far back is looked, and for how long, in milliseconds. */
const SPAN_MS = 7 * DAY;
const BUDGET_MS = 800;

/** What blocking an incident's addresses or networks would do, and whom it would leave alone. */
export async function previewBlock(
  parts: Pick<ConsoleParts, "kv" | "now" | "config">,
  incident: Pick<Incident, BlockScope>,
  scope: BlockScope,
  /** The address of whoever asks, which is left out. */
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

/** What addresses and ranges did in the last 7 days, and who is among them. */
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
