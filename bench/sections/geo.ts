import { createGeo, type Geo } from "../../lib/geo/geo.ts";
import { type Figure, figure } from "../figure.ts";
import { median, quantile, short } from "../numbers.ts";
import { memory } from "../process.ts";
import { rounds } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";
import { watchTurns } from "../turns.ts";

/** The packaged database, its cache, and how long a request can be held up by geolocation. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const before = memory("VmRSS");
  const times = options.quick ? 2 : 7;
  const opened = await rounds(times, openEmbedded);
  const used = memory("VmRSS") - before;
  const pick = (value: (each: typeof opened[0]) => number) => opened.map(value);
  return [
    figure("the database of both families is read", "ms", pick((o) => o.ms)),
    figure("memory that it takes", "MB", used),
    figure("first look-up after that", "ms", pick((o) => o.first)),
    ...await lookUps(options),
    figure(
      "longest wait while the database is read",
      "ms",
      pick((o) => o.wait),
      {
        goal: ["≤", 5],
        note: "of the event loop, by which every request would wait",
      },
    ),
    await hangingProvider(options),
  ];
}

async function openEmbedded() {
  const slowest = watchTurns();
  const started = performance.now();
  const geo = createGeo({ provider: "embedded", now: Date.now });
  await geo.whenReady();
  const ms = performance.now() - started;
  const wait = slowest();
  const asked = performance.now();
  geo.peek("8.8.8.8");
  const first = performance.now() - asked;
  await geo.close();
  return { ms, wait, first };
}

/** Addresses that were never asked for, and then as many that are remembered. */
async function lookUps({ quick }: BenchOptions): Promise<Figure[]> {
  const geo = createGeo({ provider: "embedded", now: Date.now });
  await geo.whenReady();
  const count = quick ? 20_000 : 100_000;
  const fresh: number[] = [];
  const known: number[] = [];
  const took: number[] = [];
  for (let round = 0; round < (quick ? 3 : 7); round++) {
    const addresses = Array.from({ length: count }, publicAddress);
    fresh.push(rate(geo, addresses, took));
    const few = addresses.slice(-5_000);
    known.push(
      rate(geo, Array.from({ length: count }, (_, i) => few[i % 5_000]!)),
    );
  }
  await geo.close();
  return [
    figure("look-ups of new addresses", "/s", fresh, {
      note: `one takes ${short(quantile(took, 0.5) * 1_000)} µs, p99 ${
        short(quantile(took, 0.99) * 1_000)
      } µs`,
    }),
    figure(
      "remembered ÷ new addresses",
      "×",
      known.map((rate, i) => rate / fresh[i]!),
      { note: `${short(median(known))} remembered a second` },
    ),
  ];
}

function rate(geo: Geo, addresses: string[], took?: number[]): number {
  const started = performance.now();
  for (const ip of addresses) {
    const asked = took ? performance.now() : 0;
    geo.peek(ip);
    took?.push(performance.now() - asked);
  }
  return addresses.length / (performance.now() - started) * 1_000;
}

/** One in eight is IPv6. */
function publicAddress(): string {
  const below = (n: number) => Math.floor(Math.random() * n);
  return below(8) === 0
    ? `2a0${below(10)}:${1 + below(65_535).toString(16)}::1`
    : `${60 + below(30)}.${below(256)}.${below(256)}.${1 + below(254)}`;
}

/** A provider that takes connections and never answers: each request asks for a new address. */
async function hangingProvider({ quick }: BenchOptions): Promise<Figure> {
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: stop.signal, onListen() {} },
    () => new Promise<Response>(() => {}),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  using kv = await Deno.openKv(":memory:");
  const geo = createGeo({
    provider: "ipinfo",
    kv,
    now: Date.now,
    fetch: (_, init) => fetch(url, init),
  });
  let asked = 0;
  let longest = 0;
  const waits = await rounds(quick ? 2 : 7, async () => {
    const slowest = watchTurns();
    const end = performance.now() + (quick ? 500 : 2_500);
    while (performance.now() < end) {
      const started = performance.now();
      geo.peek(publicAddress());
      longest = Math.max(longest, performance.now() - started);
      asked++;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return slowest();
  });
  await geo.close();
  stop.abort();
  return figure("longest wait while an external provider hangs", "ms", waits, {
    goal: ["≤", 5],
    note: `of the event loop; of ${short(asked)} look-ups the longest took ${
      short(longest)
    } ms`,
  });
}
