import { addressStats } from "../../lib/console/address_stats.ts";
import { requestFilter } from "../../lib/log/request_filter.ts";
import { pageRequests, scanRequests } from "../../lib/log/request_query.ts";
import { requestStats } from "../../lib/console/stats.ts";
import { type Figure, figure } from "../figure.ts";
import { clientAddress, COUNTRIES, filledLog } from "../filled_log.ts";
import { median, quantile, short } from "../numbers.ts";
import { memory } from "../process.ts";
import { rounds } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How long the console takes to show a month of requests. */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const log = await filledLog(options);
  using kv = await Deno.openKv(log.kvPath);
  const now = () => log.end;
  const until = log.end + 1;
  const figures: Figure[] = [
    figure("records in the log", "", log.total, {
      note: `over ${log.days} days, ${
        log.bytesPerRecord.toFixed(0)
      } bytes each on disk, stored in ${short(log.fillSeconds)} s`,
    }),
    figure("to count all of them into rollups", "s", log.countSeconds, {
      note: `longest turn ${short(log.countTurnMs)} ms`,
    }),
  ];

  async function time(name: string, run: () => Promise<unknown>) {
    const took = await timed(run, options.quick);
    figures.push(figure(name, "ms", took.map(median), {
      note: `p99 ${short(quantile(took.flat(), 0.99))} ms`,
    }));
  }
  const page = (params: Record<string, string>, cursor?: string | null) =>
    pageRequests(kv, {
      limit: 50,
      cursor,
      filter: requestFilter(new URLSearchParams(params)),
    }, now);

  for (
    const [name, ms, by] of [
      ["1 hour", HOUR, "minute"],
      ["24 hours", DAY, "hour"],
      ["7 days", 7 * DAY, "hour"],
      ["30 days", 30 * DAY, "day"],
      ["15 days by the hour", 15 * DAY, "hour"],
    ] as const
  ) {
    await time(`dashboard, ${name}`, () => {
      const since = until - ms;
      return Promise.all([
        requestStats(kv, { since, until, by, top: 8 }, now),
        requestStats(kv, { since: since - ms, until: since, by, top: 1 }, now),
      ]);
    });
  }
  const addresses = {
    "a busy address": "20.0.0.7",
    "an address now and then": clientAddress(20_000),
    "a rare address": "192.0.2.3",
  };
  const filters: Record<string, Record<string, string>> = {
    "": {},
    ...Object.fromEntries(
      Object.entries(addresses).map(([name, ip]) => [`, ${name}`, { ip }]),
    ),
    ", an unknown address": { ip: "198.51.100.77" },
    ", a /24": { ip: "192.0.2.0/24" },
    ", status 404": { status: "404" },
    ", status 5xx": { status: "5xx" },
    ", status 418": { status: "418" },
    ", a country": { country: COUNTRIES[3]! },
    ", a rare country": { country: "TV" },
    ", a rare path": { path: "/wp-777.php" },
    ", a user": { username: "user499" },
  };
  for (const [name, params] of Object.entries(filters)) {
    await time(`log${name}`, () => page(params));
  }
  let cursor: string | null = null;
  await time("log, paging on", async () => {
    cursor = (await page({}, cursor)).cursor;
  });
  for (const [name, ip] of Object.entries(addresses)) {
    const since = until - 30 * DAY;
    await time(`dossier of ${name}`, () =>
      Promise.all([
        addressStats(kv, { ip, since, until }, now),
        page({ ip }),
      ]));
  }
  const paging = memory("VmHWM");

  const started = performance.now();
  let read = 0;
  for await (const records of scanRequests(kv, { from: 0, to: until }, now)) {
    read += records.length;
  }
  if (read !== log.total) throw new Error(`Read ${read} of ${log.total}`);
  const took = (performance.now() - started) / 1_000;
  return [
    ...figures,
    figure("memory at most while paging", "MB", paging),
    figure("to read all, as an export does", "s", took, {
      note: `${short(read / took)} records/s`,
    }),
    figure("memory at most while reading all", "MB", memory("VmHWM")),
  ];
}

/** Times of calls, in ms, in five rounds; the first, a warm-up, does not count. */
async function timed(
  run: () => Promise<unknown>,
  quick: boolean,
): Promise<number[][]> {
  await run();
  return await rounds(5, async () => {
    const took: number[] = [];
    const end = performance.now() + (quick ? 20 : 250);
    while (took.length < 20 && (took.length < 2 || performance.now() < end)) {
      const started = performance.now();
      await run();
      took.push(performance.now() - started);
    }
    return took;
  });
}
