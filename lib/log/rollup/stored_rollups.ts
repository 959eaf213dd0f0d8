import { keys } from "../../store/keys.ts";
import { readRollup, type Rollup } from "./rollup.ts";

/** The stored rollups with `from` ≤ start < `to`, in order; expired ones are left out. */
export async function* readRollups(
  kv: Deno.Kv,
  span: "hour" | "day",
  from: number,
  to: number,
  now: () => number,
): AsyncGenerator<Rollup> {
  if (from >= to) return;
  const entries = kv.list<Rollup>({
    start: keys.rollup(span, from),
    end: keys.rollup(span, to),
    // A day's hours, and room for one more, so that the end is seen without a second read.
  }, { batchSize: 25 });
  for await (const { value } of entries) {
    if (value.expires_at <= now()) continue;
    const rollup = readRollup(value);
    if (rollup !== null) yield rollup;
  }
}
