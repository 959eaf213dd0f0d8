import { createGeo, type Geo } from "../../lib/geo/geo.ts";
import { type Figure, figure } from "../figure.ts";
import { median, quantile, short } from "../numbers.ts";
import { memory } from "../process.ts";
import { byTurns } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";
import { watchTurns } from "../turns.ts";

/** The packaged database, its cache, and how long geolocation can delay a request. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  return [
    ...await readDatabase(options),
    ...await lookUps(options),
    await hangingProvider(options),
  ];
}

/** The database is read in the background: alternates with idle periods of the same length. */
async function readDatabase(options: BenchOptions): Promise<Figure[]> {
  const before = memory("VmRSS");
  const opened: number[] = [];
  const first: number[] = [];
  const { of, to, values } = await byTurns(
    options,
    async () => {
      const slowest = watchTurns();
      const started = performance.now();
      const geo = createGeo({ provider: "embedded", now: Date.now });
      await geo.whenReady();
      opened.push(performance.now() - started);
      const wait = slowest();
      const asked = performance.now();
      geo.peek("8.8.8.8");
      first.push(performance.now() - asked);
      await geo.close();
      return wait;
    },
    () => longestTurn(opened.at(-1) ?? 200),
    (reading, idle) => reading - idle,
  );
  return [
    figure("the database of both families is read", "ms", opened),
    figure("memory that it takes", "MB", memory("VmRSS") - before),
    figure("first look-up after that", "ms", first),
    figure("longest wait that reading the database adds", "ms", values, {
      goal: ["≤", 5],
      note: turns(of, to),
    }),
  ];
}

/** Longest time that the event loop is blocked while a function runs every millisecond. */
async function longestTurn(ms: number, act = () => {}): Promise<number> {
  const slowest = watchTurns();
  const end = performance.now() + ms;
  while (performance.now() < end) {
    act();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return slowest();
}

function turns(of: number[], to: number[]): string {
  return `longest turn of the event loop ${short(median(of))} ms, ${
    short(median(to))
  } ms without`;
}

/** New addresses, and then as many cached ones. */
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

/** A provider that accepts connections and never responds: each request looks up a new address. */
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
  function ask(): void {
    const started = performance.now();
    geo.peek(publicAddress());
    longest = Math.max(longest, performance.now() - started);
    asked++;
  }
  const ms = quick ? 500 : 2_000;
  const { of, to, values } = await byTurns(
    { quick },
    () => longestTurn(ms, ask),
    () => longestTurn(ms),
    (hanging, idle) => hanging - idle,
  );
  await geo.close();
  stop.abort();
  return figure("longest wait that a hanging provider adds", "ms", values, {
    goal: ["≤", 5],
    note: `${turns(of, to)}; of ${short(asked)} look-ups the longest took ${
      short(longest)
    } ms`,
  });
}
