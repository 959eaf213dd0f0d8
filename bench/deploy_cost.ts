/**
 * What a month on Deno Deploy takes, computed from operations that are counted here: ten minutes of
 * requests and jobs on a store in memory, times 4,320, in the units of counting_kv.ts.
 *
 * deno run -A --unstable-kv --unstable-cron bench/deploy_cost.ts
 *
 * @module
 */
import {
  copyLists,
  count,
  erasures,
  feeds,
  tidy,
  watch,
} from "../lib/app/jobs.ts";
import { openServices } from "../lib/app/services.ts";
import { parseConfig } from "../lib/settings/config.ts";
import { countingKv } from "./counting_kv.ts";
import { offendersHour } from "./offenders.ts";

const MINUTES = 10;
const A_MONTH = 30 * 24 * 60 / MINUTES;
/** The request log gathers for so long. */
const FLUSH_S = 0.05;

/** Units of a month with so many requests a day, an instance awake all the time. */
async function month(requestsADay: number) {
  using real = await Deno.openKv(":memory:");
  const { kv, units } = countingKv(real);
  let now = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const services = await openServices({
    config: parseConfig({ KV_PATH: ":memory:", GEO_PROVIDER: "off" }),
    kv,
    now: () => now,
  });
  await services.lists.poll();
  units.reads = units.writes = 0;
  const perMinute = requestsADay / 1_440;
  const atOnce = Math.max(1, Math.round(perMinute / 60 * FLUSH_S));
  const records = [...offendersHour(Math.ceil(perMinute * MINUTES) + 1)];
  let owed = 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    const start = now;
    owed += perMinute;
    const many = Math.floor(owed);
    owed -= many;
    for (let i = 0; i < many; i += atOnce) {
      now = start + Math.floor(i / many * 60_000);
      for (const record of records.splice(0, Math.min(atOnce, many - i))) {
        services.log.append({ ...record, timestamp: now });
      }
      await services.log.flush();
    }
    now = start + 60_000;
    for (const job of [watch, count, copyLists, tidy, erasures, feeds]) {
      await job(services);
    }
  }
  const { reads, writes } = units;
  await services.close();
  // Each instance looks for changes of the lists twice a second.
  const polls = 120 * MINUTES;
  const millions = (n: number) => (n * A_MONTH / 1e6).toFixed(1);
  return {
    "requests a day": requestsADay.toLocaleString("en"),
    "invocations by cron": "43,200",
    "read units, millions": millions(reads),
    "of polls, per instance awake": millions(polls),
    "write units, millions": millions(writes),
  };
}

console.table(await Promise.all([0, 1_000, 100_000, 10_000_000].map(month)));
Deno.exit(0);
