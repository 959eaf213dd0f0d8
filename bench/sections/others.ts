import { compareThroughput } from "../compare.ts";
import type { Figure } from "../figure.ts";
import { OTHERS } from "../others.ts";
import { newStore } from "../process.ts";
import type { BenchOptions } from "../section.ts";
import { startVariant } from "../variant.ts";

/** Common alternatives, each with a rate limiter in memory and an access log in a file. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const settings = { KV_PATH: newStore(options) };
  await using guarded = await startVariant("guarded", settings);
  const figures: Figure[] = [];
  for (const name of OTHERS) {
    await using other = await startVariant(name);
    figures.push(
      await compareThroughput(
        options,
        `guarded ÷ ${name} + limiter + logger, text`,
        [`${guarded.origin}/text`],
        [`${other.origin}/text`],
        ["≥", 1],
      ),
    );
  }
  return figures;
}
