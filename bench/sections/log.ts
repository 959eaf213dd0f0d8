import { RequestLog } from "../../lib/log/request_log.ts";
import { type RequestRecord, UNKNOWN } from "../../lib/log/request_record.ts";
import { kvFileSize } from "../../lib/store/open.ts";
import { type Figure, figure } from "../figure.ts";
import { clientAddress, skewed, userAgent } from "../filled_log.ts";
import { median, quantile, short } from "../numbers.ts";
import { newStore, processorMs } from "../process.ts";
import { rounds } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";

const RATE = 50_000;
const TICK_MS = 5;

/** Appends at a steady rate, then far more than the store can take. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const times = options.quick ? 1 : 3;
  const steady = await rounds(times, () => atRate(options));
  const over = await rounds(times, () => overload(options));
  const pick = <T>(from: T[], value: (each: T) => number) => from.map(value);
  return [
    figure(
      `stored ÷ appended, at ${RATE.toLocaleString("en")} records/s`,
      "×",
      pick(steady, ({ stored }) => stored),
      { goal: ["≥", 1], note: `for ${secondsOf(options)} s at a time` },
    ),
    figure("lag of a record, p99", "ms", pick(steady, ({ p99 }) => p99), {
      goal: ["<", 200],
      note: `p50 ${short(median(pick(steady, ({ p50 }) => p50)))} ms, at most ${
        short(median(pick(steady, ({ most }) => most)))
      } ms`,
    }),
    figure(
      "processor time a record",
      "µs",
      pick(steady, ({ micros }) => micros),
    ),
    figure("a record on disk", "bytes", pick(steady, ({ bytes }) => bytes)),
    figure(
      "overload: waiting at most",
      "records",
      pick(over, (o) => o.waiting),
      {
        goal: ["≤", 200_000],
        note: `${
          short(median(pick(over, (o) => o.appended)))
        } records/s come, ${
          short(median(pick(over, (o) => o.stored)))
        } are stored, ${
          short(median(pick(over, (o) => o.dropped)) * 100)
        } % dropped`,
      },
    ),
    figure(
      "overload: neither stored nor counted as dropped",
      "records",
      pick(over, (o) => o.lost),
      { goal: ["≤", 0] },
    ),
  ];
}

function secondsOf({ quick }: BenchOptions): number {
  return quick ? 1 : 10;
}

async function atRate(options: BenchOptions) {
  const kvPath = newStore(options);
  using kv = await Deno.openKv(kvPath);
  const { log, lags, came } = measured(kv);
  const seconds = secondsOf(options);
  const before = processorMs(Deno.pid);
  const started = performance.now();
  let appended = 0;
  while (appended < RATE * seconds) {
    const due = Math.min(seconds, (performance.now() - started) / 1_000) * RATE;
    while (appended < due) log.append(request(appended++));
    came(appended);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await log.close();
  const used = processorMs(Deno.pid) - before;
  const { written } = log.status();
  return {
    stored: written / appended,
    p50: quantile(lags, 0.5),
    p99: quantile(lags, 0.99),
    most: quantile(lags, 1),
    micros: used / appended * 1_000,
    bytes: (await kvFileSize(kvPath) ?? NaN) / written,
  };
}

async function overload(options: BenchOptions) {
  using kv = await Deno.openKv(newStore(options));
  const { log } = measured(kv);
  const least = options.quick ? 0.5 : 3;
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1_000;
  let appended = 0;
  let waiting = 0;
  while (
    elapsed() < least || log.status().dropped === 0 && elapsed() < 10 * least
  ) {
    for (let i = 0; i < 10_000; i++) log.append(request(appended++));
    waiting = Math.max(waiting, log.status().waiting);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const seconds = elapsed();
  const inTime = log.status().written;
  await log.close();
  const { written, dropped } = log.status();
  return {
    appended: appended / seconds,
    stored: inTime / seconds,
    waiting,
    dropped: dropped / appended,
    lost: appended - written - dropped,
  };
}

/** Writes to `kv`, and how long each record waited: records are stored in order of arrival. */
function measured(kv: Deno.Kv) {
  const lags: number[] = [];
  const appended: { count: number; at: number }[] = [];
  const look = () => {
    const { written } = log.status();
    const at = performance.now();
    while (appended[0] && appended[0].count <= written) {
      lags.push(at - appended.shift()!.at);
    }
  };
  const timed = {
    atomic() {
      const commit = kv.atomic();
      const real = commit.commit.bind(commit);
      commit.commit = async () => {
        const result = await real();
        setTimeout(look, 0);
        return result;
      };
      return commit;
    },
  } as unknown as Deno.Kv;
  const log = new RequestLog({
    kv: timed,
    now: Date.now,
    retentionMs: 30 * 86_400_000,
  });
  const came = (count: number) =>
    appended.push({ count, at: performance.now() });
  return { log, lags, came };
}

function request(i: number): RequestRecord {
  const client = skewed(20_000, 3);
  return {
    ...UNKNOWN,
    timestamp: Date.now(),
    ip_address: clientAddress(client),
    method: "GET",
    path: `/articles/${skewed(2_000, 4)}/comments`,
    status: i % 50 === 0 ? 404 : 200,
    duration_ms: 3.5,
    country_code: "NL",
    city: "Amsterdam",
    user_agent: userAgent(client % 100),
    referrer: null,
    username: null,
    outcome: "allowed",
  };
}
