import { type Figure, figure, type Goal } from "./figure.ts";
import { type Load, load, type LoadOptions } from "./load.ts";
import { median, short } from "./numbers.ts";
import { byTurns } from "./rounds.ts";
import type { BenchOptions } from "./section.ts";

/** A URL and how it is requested. */
export type Asked = [url: string, options?: Partial<LoadOptions>];

/** The first one's throughput divided by the second's, measured alternately. */
export async function compareThroughput(
  options: Pick<BenchOptions, "quick">,
  name: string,
  of: Asked,
  to: Asked,
  goal?: Goal,
): Promise<Figure> {
  const seconds = options.quick ? 0.3 : 1;
  const ask = ([url, how]: Asked) => () => load(url, { seconds, ...how });
  // A server is slow at its first requests.
  const warm = options.quick ? 0.2 : 1;
  await load(of[0], { ...of[1], seconds: warm });
  await load(to[0], { ...to[1], seconds: warm });
  const measured = await byTurns(
    options,
    ask(of),
    ask(to),
    (a, b) => a.rps / b.rps,
    // Many short rounds: other load on the machine affects both alike.
    { full: [7, 9] },
  );
  return figure(name, "×", measured.values, {
    goal,
    note: loads(measured.of, measured.to),
  });
}

function loads(of: Load[], to: Load[]): string {
  const pair = (pick: (load: Load) => number) =>
    [of, to].map((all) => short(median(all.map(pick)))).join(" : ");
  return `${pair(({ rps }) => rps)} requests/s, p99 ${
    pair(({ p99 }) => p99)
  } ms`;
}
