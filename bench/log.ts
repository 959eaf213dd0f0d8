/**
 * How many requests a second the log takes. Appends at a steady rate (argument; default 50,000 a
 * second) for ten seconds, then as fast as it can, and prints how far storing lags behind, what a
 * record takes on disk, and what is dropped.
 *
 *     deno run -A bench/log.ts 50000
 */
import { cpuUsage } from "node:process";
import { RequestLog } from "../lib/guard/request_log.ts";
import type { RequestRecord } from "../lib/guard/request_record.ts";

const SECONDS = 10;
const TICK_MS = 5;

const rate = Number(Deno.args[0] ?? 50_000);
const folder = await Deno.makeTempDir({ prefix: "portcullis_bench_" });
const kv = await Deno.openKv(`${folder}/log.db`);
try {
  await steady();
  await overload();
} finally {
  kv.close();
  await Deno.remove(folder, { recursive: true });
}

async function steady(): Promise<void> {
  const { log, lags, came } = measured();
  const before = cpuUsage();
  const started = performance.now();
  let appended = 0;
  while (performance.now() - started < SECONDS * 1_000) {
    const due = (performance.now() - started) / 1_000 * rate;
    for (; appended < due; appended++) log.append(request(appended));
    came(appended);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await log.close();
  const { user, system } = cpuUsage(before);
  const { written, dropped } = log.status();
  say("records a second", (written / SECONDS).toFixed(0));
  say("dropped", String(dropped));
  lags.sort((a, b) => a - b);
  for (const share of [0.5, 0.99, 1]) {
    const at = Math.min(lags.length - 1, Math.floor(lags.length * share));
    say(
      share === 1 ? "lag at most" : `lag, p${share * 100}`,
      `${lags[at]!.toFixed(0)} ms`,
    );
  }
  say("CPU a record", `${((user + system) / appended).toFixed(2)} µs`);
  let bytes = 0;
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith("-shm")) continue;
    bytes += (await Deno.stat(`${folder}/${name}`)).size;
  }
  say("bytes a record on disk", (bytes / written).toFixed(1));
}

async function overload(): Promise<void> {
  const { log } = measured();
  const started = performance.now();
  let appended = 0;
  let waiting = 0;
  while (performance.now() - started < 3_000) {
    for (let i = 0; i < 10_000; i++) log.append(request(appended++));
    waiting = Math.max(waiting, log.status().waiting);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const inTime = log.status().written;
  await log.close();
  const { dropped } = log.status();
  console.log("\nas fast as it can");
  say("appended a second", (appended / 3).toFixed(0));
  say("stored a second", (inTime / 3).toFixed(0));
  say("dropped", `${dropped} (${(dropped / appended * 100).toFixed(0)} %)`);
  say("waiting at most", String(waiting));
}

/** Writes to `kv`, and how long each record waited: records are stored in the order they came. */
function measured() {
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
  const client = Math.floor(20_000 * Math.random() ** 3);
  return {
    timestamp: Date.now(),
    ip_address: `203.${client >> 8}.${client & 255}.7`,
    method: "GET",
    path: `/articles/${Math.floor(2_000 * Math.random() ** 4)}/comments`,
    status: i % 50 === 0 ? 404 : 200,
    duration_ms: 3.5,
    country_code: "NL",
    city: "Amsterdam",
    user_agent:
      `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${
        client % 100
      }.0 Safari/537.36`,
    referrer: null,
    username: null,
    outcome: "allowed",
  };
}

function say(what: string, value: string): void {
  console.log(what.padEnd(36) + value);
}
