import { contains, isSingle, readCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { DAY, HOUR } from "../base/duration.ts";
import type { Incident } from "../detection/incidents/incident.ts";
import type { ChunkFilter } from "../log/log_chunk.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { readTraffic, type Traffic, type TrafficQuery } from "./traffic.ts";

type Range = Pick<
  TrafficQuery,
  "since" | "until" | "budgetMs" | "onRecord"
>;

/** Hours times addresses: above this, the look-ups cost as much as the reads that they save. */
const MOST_LOOKUPS = 200_000;

/** The requests of an incident's participants during it; of all clients if it names none. */
export function incidentTraffic(
  parts: Pick<ConsoleParts, "kv" | "now">,
  { addresses, networks, first_seen, last_seen }: Incident,
  budgetMs: number,
  onRecord?: TrafficQuery["onRecord"],
): Promise<Traffic> {
  const range = { since: first_seen, until: last_seen + 1, budgetMs, onRecord };
  const who = addresses.length > 0 ? addresses : networks;
  return who.length > 0 ? trafficOf(parts, who, range) : read(parts, {}, range);
}

/** The requests of some addresses and networks in a time range, as far as the time limit allows. */
export function trafficOf(
  parts: Pick<ConsoleParts, "kv" | "now">,
  targets: readonly string[],
  range: Range,
): Promise<Traffic> {
  const single = new Set<string>();
  const ranges = targets.flatMap((text) => {
    const range = readCidr(text);
    if (range !== null && !isSingle(range)) return [range];
    single.add(text);
    return [];
  });
  const ip = (text: string) => {
    if (single.has(text)) return true;
    if (ranges.length === 0) return false;
    const parsed = parseIp(text);
    return parsed !== null && ranges.some((range) => contains(range, parsed));
  };
  const hours = (range.until - range.since) / HOUR + 1;
  const names = ranges.length === 0 && single.size > 0 &&
      single.size * hours <= MOST_LOOKUPS
    ? { ip: [...single] }
    : {};
  return read(parts, { ip, names }, range);
}

function read(
  { kv, now }: Pick<ConsoleParts, "kv" | "now">,
  filter: ChunkFilter,
  range: Range,
): Promise<Traffic> {
  const span = range.until - range.since;
  const by = span <= 3 * HOUR ? "minute" : span <= 8 * DAY ? "hour" : "day";
  return readTraffic(kv, { ...range, by, top: 20, filter }, now);
}
