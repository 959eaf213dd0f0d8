import { processorMs } from "./process.ts";
import type { BenchOptions } from "./section.ts";

/** As in real logs: many paths, agents, referrers and clients behind a proxy, not one. */
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

/** The target of the mix. */
export interface Asked {
  origin: string;
  pid: number;
  /** Whether it refuses all requests. */
  isRefusing?: boolean;
}

/** Number of rounds that do not count. */
const WARM_UP = 4;

/** Results of the mix's rounds, by target: microseconds per request. */
export type Costs<Name extends string> = Record<Name, number[]>;

/**
 * Microseconds of processor time per request, of all threads of each process: measured alternately,
 * at saturation by one thread with 16 connections.
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
      // A server compiles code at its first requests, on the machine's other core, too.
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

/** Cost of each round minus that of the same round of another. */
export function added(of: number[], to: number[]): number[] {
  return of.map((cost, i) => cost - to[i]!);
}
