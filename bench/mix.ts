import { processorMs } from "./process.ts";
import type { BenchOptions } from "./section.ts";

/** As real logs have them: many paths, agents, referrers and clients behind a proxy, not one. */
const MIX = `local n = 0
function request()
  n = n + 1
  return wrk.format("GET", "/page/" .. ((n * 7919) % 5000) .. "?q=" .. (n % 100), {
    ["Host"] = "example.org",
    ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0." .. (n % 40),
    ["Accept"] = "text/html,application/xhtml+xml",
    ["Accept-Language"] = "en",
    ["Accept-Encoding"] = "gzip, deflate, br",
    ["Referer"] = "https://example.org/page/" .. (n % 50),
    ["X-Forwarded-For"] = "203." .. (n % 20) .. "." .. (math.floor(n / 20) % 250) .. ".7",
  })
end
`;

/** Who is asked in the mix. */
export interface Asked {
  origin: string;
  pid: number;
  /** Whether it refuses all of them. */
  isRefusing?: boolean;
}

/** Rounds that do not count. */
const WARM_UP = 4;

/** What rounds of the mix measured, by who was asked: microseconds a request. */
export type Costs<Name extends string> = Record<Name, number[]>;

/**
 * Microseconds of processor time a request, of all threads of each process: asked by turns, at
 * saturation by one thread with 16 connections.
 */
export async function costsInMix<Name extends string>(
  { quick, folder }: BenchOptions,
  asked: Record<Name, Asked>,
): Promise<Costs<Name>> {
  const script = `${folder}/mix.lua`;
  await Deno.writeTextFile(script, MIX);
  const names = Object.keys(asked) as Name[];
  const costs = Object.fromEntries(
    names.map((name) => [name, [] as number[]]),
  ) as Costs<Name>;
  const rounds = quick ? 2 : 9;
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const name of names) {
      const cost = await costOf(asked[name], script, quick ? 1 : 2);
      // Who was not asked yet is compiled at first, on the machine's other core, too.
      if (round >= 0) costs[name].push(cost);
    }
  }
  return costs;
}

async function costOf(
  { origin, pid, isRefusing = false }: Asked,
  script: string,
  seconds: number,
): Promise<number> {
  const before = processorMs(pid);
  const { stdout } = await new Deno.Command("wrk", {
    args: ["-t1", "-c16", `-d${seconds}s`, "-s", script, origin],
  }).output();
  const used = processorMs(pid) - before;
  const text = new TextDecoder().decode(stdout);
  const requests = Number(/(\d+) requests in/.exec(text)?.[1]);
  if (!(requests > 0) || text.includes("Non-2xx") !== isRefusing) {
    throw new Error(`Cannot read what wrk printed: ${text}`);
  }
  return 1_000 * used / requests;
}

/** What each round of one cost more than the same round of another. */
export function added(of: number[], to: number[]): number[] {
  return of.map((cost, i) => cost - to[i]!);
}
