import { AccessLists } from "../../lib/lists/access_lists.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import { blockMany } from "../../lib/lists/access_import.ts";
import { refreshSnapshot } from "../../lib/lists/access_snapshot.ts";
import { compareThroughput } from "../compare.ts";
import { type Figure, figure } from "../figure.ts";
import { median, quantile, short } from "../numbers.ts";
import { memory, newStore, processorMs } from "../process.ts";
import { rounds } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";
import { startVariant, type Variant } from "../variant.ts";

/** Number of lookups timed together: a single one is too short for the clock. */
const LOOKUPS = 64;

/** A long blocklist compared with an empty one: throughput, lookups, start, and one more entry. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const entries = options.quick ? 20_000 : 1_000_000;
  const kvPath = newStore(options);
  const started = performance.now();
  await fill(kvPath, entries);
  const filled = performance.now() - started;

  const listed = { KV_PATH: kvPath, GEO_PROVIDER: "off" };
  const empty = { KV_PATH: newStore(options), GEO_PROVIDER: "off" };
  await using none = await startVariant("guarded", empty);
  const noneMb = memory("VmRSS", none.pid);
  const start = async () => {
    await using loaded = await startVariant("guarded", listed);
    return { ms: loaded.openedMs, ...held(loaded) };
  };
  const byRows = await start();
  const copied = await copy(kvPath, entries);
  const loads = await rounds(options.quick ? 1 : 4, start);
  await using all = await startVariant("guarded", listed);
  loads.push({ ms: all.openedMs, ...held(all) });

  const size = entries.toLocaleString("en");
  return [
    figure(`start: ${size} entries are read`, "s", pick("ms", 0.001), {
      goal: ["<", 3],
      note: `from the copy that the app keeps, made in ${
        short(copied / 1_000)
      } s beside requests; ${
        short(byRows.ms / 1_000)
      } s before there is one; imported in ${short(filled / 1_000)} s`,
    }),
    figure(`start: memory with ${size} entries`, "MB", pick("mb"), {
      goal: ["<", 200],
      note: `${short(noneMb)} MB without; ${
        short(median(pick("most")))
      } MB at most while reading`,
    }),
    await lookUp(kvPath, entries),
    await compareThroughput(
      options,
      `${size} entries ÷ none, text`,
      [`${all.origin}/text`],
      [`${none.origin}/text`],
      ["≥", 0.97],
    ),
    ...await add(options, kvPath, all, median(pick("processorMs"))),
  ];

  function pick(
    name: "ms" | "mb" | "most" | "processorMs",
    unit = 1,
  ): number[] {
    return loads.map((load) => load[name] * unit);
  }
}

function held({ pid }: Variant) {
  return {
    mb: memory("VmRSS", pid),
    most: memory("VmHWM", pid),
    processorMs: processorMs(pid),
  };
}

async function fill(kvPath: string, entries: number): Promise<void> {
  using kv = await Deno.openKv(kvPath);
  await blockMany(kv, Date.now, blocklist(entries), { force: true });
}

/** The app's work within a minute after an import, in ms. */
async function copy(kvPath: string, entries: number): Promise<number> {
  using kv = await Deno.openKv(kvPath);
  const started = performance.now();
  const isMade = await refreshSnapshot({ kv, now: Date.now, entries });
  if (!isMade) throw new Error("The list was not copied");
  return performance.now() - started;
}

/** 70 % addresses and 30 % ranges of all lengths, both families, without loopback. */
function* blocklist(entries: number) {
  const random = randomNumbers();
  for (let i = 0; i < entries; i++) {
    const isRange = i % 10 < 3;
    const length = i % 2 === 0 ? 20 + i % 12 : 40 + i % 60;
    const ip = address(random, i % 2 === 0 ? 4 : 6);
    yield { ip: isRange ? `${ip}/${length}` : ip, created_by: "bench" };
  }
}

function address(random: () => number, family: 4 | 6): string {
  const byte = () => random() >>> 24;
  if (family === 4) {
    return `${128 + random() % 60}.${byte()}.${byte()}.${byte()}`;
  }
  const hex = () => (random() >>> 16).toString(16);
  const first = hex().padStart(3, "0").slice(0, 3);
  return `2${first}:${hex()}:${hex()}:${hex()}::${hex()}`;
}

/** Random numbers that are the same every time. */
function randomNumbers(seed = 42): () => number {
  return () => seed = Math.imul(seed, 48_271) + 11 >>> 0;
}

/** Half the addresses are on the list, half are not; both families. */
async function lookUp(kvPath: string, entries: number): Promise<Figure> {
  using kv = await Deno.openKv(kvPath);
  await using lists = await AccessLists.open(kv, { now: Date.now });
  const some = Math.min(entries, 50_000);
  const listed = Array.from(blocklist(some), ({ ip }) => ip.split("/")[0]!);
  const random = randomNumbers(7);
  const addresses = listed.flatMap((ip, i) => [
    ip,
    address(random, i % 2 === 0 ? 4 : 6),
  ]);
  const now = Date.now();
  const took: number[] = [];
  let found = 0;
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i + LOOKUPS <= addresses.length; i += LOOKUPS) {
      const started = performance.now();
      for (let j = i; j < i + LOOKUPS; j++) {
        if (lists.match(addresses[j]!, now)) found++;
      }
      // The first round warms up.
      if (round > 0) took.push((performance.now() - started) / LOOKUPS * 1_000);
    }
  }
  const share = found / 5 / addresses.length;
  return figure(`look-up among ${short(entries)}, p50`, "µs", median(took), {
    goal: ["<", 1],
    note: `p99 ${short(quantile(took, 0.99))} µs, ${
      short(share * 100)
    } % are on the list`,
  });
}

/**
 * Time until another process refuses the address that this one blocks, and whether it reloaded its
 * list.
 */
async function add(
  options: BenchOptions,
  kvPath: string,
  { origin, pid }: Variant,
  readingMs: number,
): Promise<Figure[]> {
  using kv = await Deno.openKv(kvPath);
  const work: number[] = [];
  const waits = await rounds(options.quick ? 2 : 5, async (round) => {
    const ip = `198.51.100.${round + 1}`;
    const before = processorMs(pid);
    await blockIp(kv, Date.now, { ip, created_by: "bench" });
    const started = performance.now();
    while (await statusFor(ip) !== 403) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const waited = performance.now() - started;
    work.push((processorMs(pid) - before) / readingMs);
    return waited / 1_000;
  });
  return [
    figure("until another process refuses one more entry", "s", waits, {
      goal: ["<", 1],
    }),
    figure("its processor time meanwhile ÷ that of its start", "×", work, {
      goal: ["<", 0.2],
      note: "the list is not read again; most of it is answering this check",
    }),
  ];

  async function statusFor(ip: string): Promise<number> {
    const response = await fetch(`${origin}/text`, {
      headers: { "x-forwarded-for": ip },
    });
    await response.body?.cancel();
    return response.status;
  }
}
