/** `deno task bench`: what the guard costs, as ratios measured side by side in one run. */
import { parseTaskArgs } from "../tasks/_cli.ts";
import { type Load, load, type LoadOptions, requireWrk } from "./load.ts";
import { median, spread } from "./numbers.ts";
import { OTHERS } from "./others.ts";
import { startVariant, type Variant } from "./variant.ts";

const { quick } = parseTaskArgs({
  usage: "deno task bench [--quick]",
  about:
    "Measures ratios side by side: alternating rounds on the same machine, medians, and the " +
    "spread (interquartile range) of the rounds' ratios. Writes bench/results.json.",
  flags: { quick: "fewer and shorter rounds, in under a minute" },
});

await requireWrk();

const ROUNDS = quick ? 3 : 7;
const SECONDS = quick ? 1 : 4;

/** Two things that are compared: the first's throughput is divided by the second's. */
interface Scenario {
  name: string;
  target: number;
  of: [variant: string, path: string, options?: Partial<LoadOptions>];
  to: [variant: string, path: string, options?: Partial<LoadOptions>];
  connections: number[];
}

const BLOCKED = { headers: { "x-forwarded-for": "203.0.113.66" }, status: 403 };
const SCENARIOS: Scenario[] = [
  {
    name: "guarded ÷ unguarded, text",
    target: 0.8,
    of: ["guarded", "/text"],
    to: ["unguarded", "/text"],
    connections: [16, 64],
  },
  {
    name: "guarded ÷ unguarded, page",
    target: 0.97,
    of: ["guarded", "/page"],
    to: ["unguarded", "/page"],
    connections: [16, 64],
  },
  {
    name: "blocked ÷ served text",
    target: 1,
    of: ["guarded", "/text", BLOCKED],
    to: ["guarded", "/text"],
    connections: [16],
  },
  {
    name: "1,000,000 entries ÷ none, text",
    target: 0.97,
    of: ["million", "/text"],
    to: ["guarded", "/text"],
    connections: [16],
  },
  {
    name: "guarded ÷ express + limiter + morgan",
    target: 1,
    of: ["guarded", "/text"],
    to: ["express", "/text"],
    connections: [16],
  },
  {
    name: "guarded ÷ hono + limiter + logger",
    target: 1,
    of: ["guarded", "/text"],
    to: ["hono", "/text"],
    connections: [16],
  },
  {
    name: "links/fresh ÷ bare Deno.serve, text",
    target: 0,
    of: ["unguarded", "/text"],
    to: ["bare", "/text"],
    connections: [16],
  },
  {
    name: "links/fresh ÷ bare Deno.serve, page",
    target: 0,
    of: ["unguarded", "/page"],
    to: ["bare", "/text"],
    connections: [16],
  },
];

const scenarios = quick
  ? SCENARIOS.filter(({ of, to }) =>
    of[0] !== "million" && !OTHERS.includes(to[0])
  )
    .map((scenario) => ({
      ...scenario,
      connections: scenario.connections.slice(0, 1),
    }))
  : SCENARIOS;

const variants = new Map<string, Variant>();
for (const { of, to } of scenarios) {
  for (const name of [of[0], to[0]]) {
    if (!variants.has(name)) variants.set(name, await startVariant(name));
  }
}
try {
  const results = [];
  for (const scenario of scenarios) {
    for (const connections of scenario.connections) {
      const result = await compare(scenario, connections);
      results.push(result);
      console.log(line(result));
    }
  }
  const file = new URL("results.json", import.meta.url);
  const run = {
    date: new Date().toISOString(),
    deno: Deno.version.deno,
    cores: navigator.hardwareConcurrency,
    rounds: ROUNDS,
    seconds: SECONDS,
    results,
  };
  if (!quick) {
    await Deno.writeTextFile(file, JSON.stringify(run, null, 2) + "\n");
  }
} finally {
  for (const variant of variants.values()) await variant.stop();
}

async function compare(scenario: Scenario, connections: number) {
  const measure = ([variant, path, options]: Scenario["of"], seconds: number) =>
    load(variants.get(variant)!.origin + path, {
      connections,
      seconds,
      ...options,
    });
  // The first round warms both up and does not count.
  await measure(scenario.of, 1);
  await measure(scenario.to, 1);
  const of: Load[] = [];
  const to: Load[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Who comes first changes, so that neither gains by the other's leftovers.
    if (round % 2 === 0) of.push(await measure(scenario.of, SECONDS));
    to.push(await measure(scenario.to, SECONDS));
    if (round % 2 === 1) of.push(await measure(scenario.of, SECONDS));
  }
  const ratios = of.map(({ rps }, round) => rps / to[round]!.rps);
  return {
    name: scenario.name,
    connections,
    target: scenario.target,
    ratio: median(ratios),
    spread: spread(ratios),
    rps: [median(of.map(({ rps }) => rps)), median(to.map(({ rps }) => rps))],
    p50: [median(of.map(({ p50 }) => p50)), median(to.map(({ p50 }) => p50))],
    p99: [median(of.map(({ p99 }) => p99)), median(to.map(({ p99 }) => p99))],
  };
}

function line(
  { name, connections, target, ratio, spread, rps, p99 }: Awaited<
    ReturnType<typeof compare>
  >,
) {
  const thousands = rps.map((n) => `${(n / 1_000).toFixed(1)}k`).join(" : ");
  const goal = target === 0
    ? ""
    : ratio >= target
    ? `≥ ${target}  met`
    : `≥ ${target}  MISSED`;
  return [
    name.padEnd(36),
    `c=${connections}`.padEnd(5),
    `${ratio.toFixed(3)} ±${spread.toFixed(3)}`,
    `${thousands} req/s`.padEnd(22),
    `p99 ${p99.map((ms) => ms.toFixed(2)).join(" : ")} ms`.padEnd(24),
    goal,
  ].join("  ").trimEnd();
}
