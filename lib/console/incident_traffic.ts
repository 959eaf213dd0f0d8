import { contains, isSingle, parseCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { DAY, HOUR } from "../base/duration.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { readTraffic, type Traffic } from "./traffic.ts";

/** The requests of some addresses and networks in a stretch of time, as far as there is time to count. */
export function incidentTraffic(
  { kv, now }: Pick<ConsoleParts, "kv" | "now">,
  targets: readonly string[],
  { since, until, budgetMs }: {
    since: number;
    until: number;
    budgetMs: number;
  },
): Promise<Traffic> {
  const single = new Set<string>();
  const ranges = targets.flatMap((text) => {
    if (parseIp(text.split("/", 1)[0]!) === null) {
      single.add(text);
      return [];
    }
    const range = parseCidr(text);
    if (!isSingle(range)) return [range];
    single.add(text);
    return [];
  });
  const ip = (text: string) => {
    if (single.has(text)) return true;
    if (ranges.length === 0) return false;
    const parsed = parseIp(text);
    return parsed !== null && ranges.some((range) => contains(range, parsed));
  };
  const span = until - since;
  const by = span <= 3 * HOUR ? "minute" : span <= 8 * DAY ? "hour" : "day";
  return readTraffic(
    kv,
    { since, until, by, filter: { ip }, top: 20, budgetMs },
    now,
  );
}
