import { compareThroughput } from "../compare.ts";
import type { Figure } from "../figure.ts";
import type { BenchOptions } from "../section.ts";
import { startVariant } from "../variant.ts";

/** The cost of the router, the middlewares and the rendering of `links/fresh`. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  await using fresh = await startVariant("unguarded");
  await using bare = await startVariant("bare");
  const figures: Figure[] = [];
  for (const what of ["text", "page"]) {
    figures.push(
      await compareThroughput(
        options,
        `links/fresh ÷ a bare Deno.serve that answers text, ${what}`,
        [`${fresh.origin}/${what}`],
        [`${bare.origin}/text`],
      ),
    );
  }
  return figures;
}
