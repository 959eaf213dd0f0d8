import { type Figure, figure } from "../figure.ts";
import type { MinuteRun } from "../minute_jobs.ts";
import { short } from "../numbers.ts";
import { child, newStore } from "../process.ts";
import type { BenchOptions } from "../section.ts";

/** The cost of the jobs of each minute at this hourly rate of requests. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const perHour = options.quick ? 1_000_000 : 10_000_000;
  const minutes = options.quick ? 3 : 8;
  const rate = `${short(perHour)} requests an hour`;
  const figures: Figure[] = [];
  for (const place of ["thread", "here"]) {
    const runs = await child<MinuteRun[]>(
      "minute_jobs.ts",
      [newStore(options), String(perHour), String(minutes), place],
      ["--v8-flags=--max-semi-space-size=16"],
    );
    // The first runs are slow.
    const later = runs.slice(2);
    const isBeside = place === "thread";
    const where = isBeside ? "in a thread" : "in the serving thread";
    figures.push(
      figure(
        `jobs of a minute ${where}, processor, ${rate}`,
        "s",
        later.map(({ processorMs }) => processorMs / 1_000),
        { goal: isBeside ? ["<", 1] : undefined },
      ),
      figure(
        `jobs of a minute ${where}, longest wait for a turn`,
        "ms",
        later.map(({ longestMs }) => longestMs),
        { goal: isBeside ? ["≤", 20] : undefined },
      ),
    );
    if (!isBeside) continue;
    figures.push(
      figure(
        "limit: longest wait for a turn for as long with nothing to do",
        "ms",
        later.map(({ idleMs }) => idleMs),
      ),
    );
  }
  return figures;
}
