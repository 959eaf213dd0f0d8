import { blockIp } from "../../lib/lists/access_store.ts";
import { type Asked, compareThroughput } from "../compare.ts";
import { type Figure, figure, type Goal } from "../figure.ts";
import { load, loadAt } from "../load.ts";
import { median, short } from "../numbers.ts";
import { newStore } from "../process.ts";
import { byTurns } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";
import { startVariant, type Variant } from "../variant.ts";

/** Client addresses of the load; the first is blocked below. */
const BLOCKED = from("203.0.113.66");
const SERVED = from("203.0.113.67");

function from(ip: string) {
  return { headers: { "x-forwarded-for": ip } };
}

/** Throughput and latency with the guard and without, and the cost of a refusal. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const kvPath = newStore(options);
  await block(kvPath);
  await using guarded = await startVariant("guarded", { KV_PATH: kvPath });
  await using unguarded = await startVariant("unguarded");
  const figures: Figure[] = [];
  for (const [what, goal] of [["text", 0.8], ["page", 0.97]] as const) {
    const isShort = options.quick || what === "page";
    for (const connections of isShort ? [16] : [16, 64]) {
      const of: Asked = [`${guarded.origin}/${what}`, { connections }];
      const to: Asked = [`${unguarded.origin}/${what}`, { connections }];
      const name = `guarded ÷ unguarded, ${what}, ${connections} connections`;
      figures.push(
        await compareThroughput(options, name, of, to, ["≥", goal]),
      );
    }
  }
  const text = `${guarded.origin}/text`;
  figures.push(
    await compareThroughput(
      options,
      "a blocked request ÷ a served one, text",
      [text, { ...BLOCKED, status: 403 }],
      [text, SERVED],
      ["≥", 1],
    ),
    await addedLatency(
      options,
      "p99 that the guard adds at a constant rate",
      [text, `${unguarded.origin}/text`],
      ["≤", 0.5],
    ),
  );
  if (options.quick) return figures;
  figures.push(
    await compareThroughput(
      options,
      "a blocked request ÷ a served one of its size and header fields",
      [text, { ...BLOCKED, status: 403 }],
      [`${guarded.origin}/alike`, SERVED],
    ),
    ...await limits(options, unguarded),
    await addedByReading(options, unguarded),
  );
  return figures;
}

/** The cost in Deno itself for the same work, for any client. */
async function limits(
  options: BenchOptions,
  unguarded: Variant,
): Promise<Figure[]> {
  const kvPath = newStore(options);
  await using storing = await startVariant("storing", { KV_PATH: kvPath });
  await using refusing = await startVariant("refusing");
  await using bare = await startVariant("bare");
  return [
    await compareThroughput(
      options,
      "limit: reading what a record has and storing as many bytes ÷ unguarded, text",
      [`${storing.origin}/text`],
      [`${unguarded.origin}/text`],
    ),
    await compareThroughput(
      options,
      "limit: the blocked page from a bare Deno.serve ÷ a text from it",
      [refusing.origin, { ...BLOCKED, status: 403 }],
      [bare.origin, SERVED],
    ),
  ];
}

async function block(kvPath: string): Promise<void> {
  using kv = await Deno.openKv(kvPath);
  const ip = BLOCKED.headers["x-forwarded-for"];
  const order = { ip, created_by: "bench", force: true };
  await blockIp(kv, Date.now, order);
}

/** The lower bound for any guard that logs, if load and server share the processors. */
async function addedByReading(
  options: BenchOptions,
  unguarded: Variant,
): Promise<Figure> {
  await using reading = await startVariant("reading");
  await load(`${reading.origin}/text`, { seconds: 4 });
  return await addedLatency(
    options,
    "limit: p99 that reading what a record has adds",
    [`${reading.origin}/text`, `${unguarded.origin}/text`],
  );
}

/** Both get half the rate that saturates the unguarded one. */
async function addedLatency(
  options: BenchOptions,
  name: string,
  [guarded, unguarded]: [string, string],
  goal?: Goal,
): Promise<Figure> {
  const seconds = options.quick ? 0.5 : 4;
  const { rps } = await load(unguarded, { seconds });
  const rate = rps / 2;
  const { of, to, values } = await byTurns(
    options,
    () => loadAt(rate, guarded, { seconds }),
    () => loadAt(rate, unguarded, { seconds }),
    (a, b) => a.p99 - b.p99,
    { full: [5, 5] },
  );
  const pair = (pick: (load: { p50: number; p99: number }) => number) =>
    [of, to].map((all) => short(median(all.map(pick)))).join(" : ");
  return figure(name, "ms", values, {
    goal,
    note: `at ${short(rate)} requests/s p50 ${pair(({ p50 }) => p50)}, p99 ${
      pair(({ p99 }) => p99)
    } ms`,
  });
}
