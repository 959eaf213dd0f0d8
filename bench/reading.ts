/**
 * How long the console waits for what it shows of a large request log. Fills a KV file with so many
 * requests (argument; default 1,000,000) over 30 days, counts them into rollups and prints a table.
 *
 *     deno run -A bench/reading.ts 10000000
 */
import { cpuUsage } from "node:process";
import { addressStats } from "../lib/address_stats.ts";
import { BlockPacker, type OpenBlock } from "../lib/guard/block_packer.ts";
import { requestFilter } from "../lib/guard/request_filter.ts";
import { pageRequests, scanRequests } from "../lib/guard/request_query.ts";
import type { RequestRecord } from "../lib/guard/request_record.ts";
import { rollUp } from "../lib/rollup/roller.ts";
import { requestStats } from "../lib/stats.ts";
import { keys } from "../lib/store/keys.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const END = Date.UTC(2026, 5, 30, 15, 42, 17, 123);
const BEGIN = END - 30 * DAY + HOUR;
const now = () => END;

const total = Number(Deno.args[0] ?? 1_000_000);
const folder = await Deno.makeTempDir({ prefix: "portcullis_bench_" });
const kv = await Deno.openKv(`${folder}/log.db`);
async function fill(): Promise<void> {
  const started = performance.now();
  const packer = new BlockPacker();
  const full = new Set<OpenBlock>();
  const marks = new Set<number>();
  const store = async (blocks: OpenBlock[]) => {
    const commit = kv.atomic();
    for (const block of blocks) {
      const { lastMs, writer, n } = block;
      commit.set(keys.requestLog(lastMs, writer, n), block.value(END + DAY, END));
      const hour = Math.floor(lastMs / HOUR) * HOUR;
      if (marks.has(hour)) continue;
      marks.add(hour);
      commit.set(keys.rollupMark(hour), 1);
    }
    await commit.commit();
  };
  let last: OpenBlock | undefined;
  // A commit takes 800 KiB.
  let waiting = 0;
  for (const record of requests(total)) {
    const block = packer.add(record);
    full.add(block);
    waiting++;
    if (block !== last && waiting > 2_500) {
      const done = [...full].filter((each) => each !== block);
      for (const each of done) {
        packer.close(each);
        full.delete(each);
      }
      waiting = 0;
      await store(done);
    }
    last = block;
  }
  for (const block of full) await store([block]);
  say("records", total.toLocaleString("en"));
  say("to write them", seconds(started));
  let bytes = 0;
  for (const name of ["log.db", "log.db-wal"]) {
    bytes += (await Deno.stat(`${folder}/${name}`)).size;
  }
  say("bytes a record on disk", (bytes / total).toFixed(1));
}

/** A day's and a week's rhythm, few busy addresses and many rare ones, some scanners. */
function* requests(total: number): Generator<RequestRecord> {
  const weight = (time: number) => {
    const hour = time / HOUR % 24;
    const weekday = Math.floor(time / DAY + 4) % 7;
    return (1.2 - Math.cos((hour - 3) / 12 * Math.PI)) *
      (weekday % 6 === 0 ? 0.6 : 1);
  };
  let sum = 0;
  for (let time = BEGIN; time < END; time += HOUR) sum += weight(time);
  for (let hour = BEGIN; hour < END; hour += HOUR) {
    const count = Math.round(total * weight(hour) / sum);
    for (let i = 0; i < count; i++) {
      const timestamp = Math.floor(hour + (i + Math.random()) / count * HOUR);
      if (timestamp < END) yield request(timestamp);
    }
  }
}

function skewed(n: number, power: number): number {
  return Math.floor(n * Math.random() ** power);
}

const agents = Array.from(
  { length: 300 },
  (_, i) =>
    `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${i}.0 Safari/537.36`,
);
const countries = Array.from(
  { length: 60 },
  (_, i) => String.fromCharCode(65 + i % 26, 65 + (i * 7) % 26),
);

function request(timestamp: number): RequestRecord {
  const client = skewed(150_000, 3);
  const isScanner = Math.random() < 0.05;
  const isNobody = Math.random() < 0.000_005;
  const path = isScanner
    ? `/wp-${skewed(50_000, 1)}.php`
    : `/articles/${skewed(4_000, 4)}/comments`;
  const status = isScanner
    ? 404
    : Math.random() < 0.002
    ? 500
    : isNobody
    ? 418
    : 200;
  return {
    timestamp,
    ip_address: isNobody ? `192.0.2.${skewed(5, 1)}` : addressOf(client),
    method: "GET",
    path,
    status,
    duration_ms: 3.5,
    country_code: isNobody ? "TV" : countries[skewed(60, 1 + client % 3)]!,
    city: null,
    user_agent: agents[skewed(300, 3)]!,
    referrer: Math.random() < 0.3
      ? `https://example.org/${skewed(200, 3)}`
      : null,
    username: Math.random() < 0.05 ? `user${skewed(500, 2)}` : null,
    outcome: isScanner && client % 3 === 0 ? "blocked" : "allowed",
  };
}

async function count(): Promise<void> {
  const started = performance.now();
  const slowest = watchTurns();
  const { hours, days } = await rollUp({ kv, now });
  say("to count them into rollups", seconds(started));
  say("hours, days", `${hours}, ${days}`);
  say("longest turn meanwhile", `${slowest().toFixed(0)} ms`);
  say("memory after it", memory());
}

/** Answers how long the event loop was held up at most. */
function watchTurns(): () => number {
  let slowest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    slowest = Math.max(slowest, performance.now() - last - 1);
    last = performance.now();
  }, 1);
  return () => {
    clearInterval(timer);
    return slowest;
  };
}

async function ask(): Promise<void> {
  const busy = "20.0.0.7";
  const middle = addressOf(20_000);
  const rare = "192.0.2.3";
  const page = (params: Record<string, string>, cursor?: string | null) =>
    pageRequests(kv, {
      limit: 50,
      cursor,
      filter: requestFilter(new URLSearchParams(params)),
    }, now);
  const dashboard = (ms: number, by: "minute" | "hour" | "day") => async () => {
    const until = END + 1;
    const since = until - ms;
    await Promise.all([
      requestStats(kv, { since, until, by, top: 8 }, now),
      requestStats(kv, { since: since - ms, until: since, by, top: 1 }, now),
    ]);
  };
  const dossier = (ip: string) => async () => {
    const since = END - 30 * DAY;
    const [stats] = await Promise.all([
      addressStats(kv, { ip, since, until: END + 1 }, now),
      page({ ip }),
    ]);
    const all = Date.parse(stats.counted_since) <= since;
    return `${stats.totals.requests} requests${all ? "" : ", not all"}`;
  };
  console.log("\n" + "query".padEnd(36) + "p50 ms  p99 ms  CPU ms");
  await time("dashboard, 1 hour", dashboard(HOUR, "minute"));
  await time("dashboard, 24 hours", dashboard(DAY, "hour"));
  await time("dashboard, 7 days", dashboard(7 * DAY, "hour"));
  await time("dashboard, 30 days", dashboard(30 * DAY, "day"));
  await time("dashboard, 15 days by the hour", dashboard(15 * DAY, "hour"));
  await time("log", () => page({}));
  let cursor: string | null = null;
  await time("log, paging on", async () => {
    cursor = (await page({}, cursor)).cursor;
  });
  await time("log, a busy address", () => page({ ip: busy }));
  await time("log, an address now and then", () => page({ ip: middle }));
  await time("log, a rare address", () => page({ ip: rare }));
  await time("log, an unknown address", () => page({ ip: "198.51.100.77" }));
  await time("log, a /24", () => page({ ip: "192.0.2.0/24" }));
  await time("log, status 404", () => page({ status: "404" }));
  await time("log, status 5xx", () => page({ status: "5xx" }));
  await time("log, status 418", () => page({ status: "418" }));
  await time("log, a country", () => page({ country: countries[3]! }));
  await time("log, a rare country", () => page({ country: "TV" }));
  await time("log, a rare path", () => page({ path: "/wp-777.php" }));
  await time("log, a user", () => page({ username: "user499" }));
  await time("dossier of a busy address", dossier(busy));
  await time("dossier, now and then", dossier(middle));
  await time("dossier of a rare address", dossier(rare));

  console.log("");
  say("memory before exporting", memory());
  const started = performance.now();
  let exported = 0;
  let most = 0;
  const range = { from: 0, to: END + 1 };
  for await (const records of scanRequests(kv, range, now)) {
    exported += records.length;
    most = Math.max(most, Deno.memoryUsage().rss);
  }
  say("to read all", `${seconds(started)} (${exported})`);
  say("memory at most meanwhile", megabytes(most));
}

function addressOf(client: number): string {
  return `${20 + client % 150}.${client >> 8 & 255}.${client & 255}.7`;
}

async function time(name: string, run: () => Promise<unknown>): Promise<void> {
  await run();
  const took: number[] = [];
  let note: unknown;
  const end = performance.now() + 6_000;
  const before = cpuUsage();
  while (took.length < 100 && (took.length < 10 || performance.now() < end)) {
    const started = performance.now();
    note = await run();
    took.push(performance.now() - started);
  }
  const { user, system } = cpuUsage(before);
  const cpu = (user + system) / 1_000 / took.length;
  took.sort((a, b) => a - b);
  const at = (share: number) =>
    took[Math.min(took.length - 1, Math.floor(took.length * share))]!
      .toFixed(1).padStart(8);
  console.log(
    name.padEnd(34) + at(0.5) + at(0.99) + cpu.toFixed(1).padStart(8) +
      (typeof note === "string" ? `  ${note}` : ""),
  );
}

function say(what: string, value: string): void {
  console.log(what.padEnd(36) + value);
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1_000).toFixed(1)} s`;
}

function memory(): string {
  return megabytes(Deno.memoryUsage().rss);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MB`;
}

try {
  await fill();
  await count();
  await ask();
} finally {
  kv.close();
  await Deno.remove(folder, { recursive: true });
}
