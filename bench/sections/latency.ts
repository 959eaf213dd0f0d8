import { type Figure, figure } from "../figure.ts";
import { load, loadAt } from "../load.ts";
import { median, short } from "../numbers.ts";
import { newStore } from "../process.ts";
import type { BenchOptions } from "../section.ts";
import { startVariant, type Variant } from "../variant.ts";

/** The latency that the guard adds at half the rate that saturates it. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  await using bare = await startVariant("bare");
  await using nothing = await startVariant("nothing");
  await using reading = await startVariant("reading_fields");
  await using guard = await startVariant("guard", {
    KV_PATH: newStore(options),
  });
  const variants = { bare, nothing, reading, guard };
  const seconds = options.quick ? 0.5 : 3;
  // A server is slow at its first requests.
  for (const { origin } of Object.values(variants)) {
    await load(`${origin}/text`, { seconds: options.quick ? 0.3 : 2 });
  }
  const { rps } = await load(`${guard.origin}/text`, { seconds });
  const rate = rps / 2;
  const rounds = options.quick ? 2 : 7;
  const all = await byTurns(
    variants,
    rounds,
    ({ origin }) => loadAt(rate, `${origin}/text`, { seconds }),
  );
  const added = (
    name: string,
    of: "nothing" | "reading" | "guard",
    goals?: { p50: number; p99: number },
  ) =>
    (["p50", "p99"] as const).map((quantile) =>
      figure(
        `${name}, ${quantile}`,
        "ms",
        all[of].map((one, i) => one[quantile] - all.bare[i]![quantile]),
        {
          goal: goals && ["≤", goals[quantile]],
          note:
            [of, "bare" as const].map((each) =>
              short(median(all[each].map((one) => one[quantile])))
            ).join(" : ") + ` ms at ${short(rate)} requests/s`,
        },
      )
    );
  return [
    ...added("added by the guard with its log", "guard", {
      ...{ p50: 0.05, p99: 0.5 },
    }),
    ...added(
      "limit: added by a handler around it that does nothing",
      "nothing",
    ),
    ...added("limit: added by reading what a record has", "reading"),
  ];
}

type Answered = { p50: number; p99: number };

/** Each once per round, so that other load on the machine affects all. */
async function byTurns<Name extends string>(
  variants: Record<Name, Variant>,
  rounds: number,
  ask: (variant: Variant) => Promise<Answered>,
): Promise<Record<Name, Answered[]>> {
  const names = Object.keys(variants) as Name[];
  const all = Object.fromEntries(
    names.map((name) => [name, [] as Answered[]]),
  ) as Record<Name, Answered[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) all[name].push(await ask(variants[name]));
  }
  return all;
}
