import { keys } from "../store/keys.ts";
import { type IndexEntry, matches } from "./finding_index.ts";
import type { Severity } from "./types.ts";

/**
 * How many findings were flagged from `from` up to, not including, `to`, resolved ones included; of
 * that severity or a higher one. Times in milliseconds since the epoch.
 */
export async function countFlagged(
  kv: Deno.Kv,
  { from, to, severity, now }: {
    from: number;
    to: number;
    severity?: Severity;
    now: number;
  },
): Promise<number> {
  let count = 0;
  const entries = kv.list<IndexEntry>({
    start: keys.findingByTime(from, ""),
    end: keys.findingByTime(to, ""),
  }, { batchSize: 1_000 });
  for await (const { value } of entries) {
    if (matches(value, { severity, now })) count++;
  }
  return count;
}
