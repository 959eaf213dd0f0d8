/**
 * Requests and jobs over some time on a counting store in memory, with a simulated clock: hours
 * pass as fast as the machine can process them.
 *
 * @module
 */
import process from "node:process";
import { erasures, feeds } from "../lib/app/jobs.ts";
import { copyLists, count, hourly, tidy, watch } from "../lib/app/log_jobs.ts";
import { openServices } from "../lib/app/services.ts";
import { RunningHour } from "../lib/detection/running_hour.ts";
import { parseConfig } from "../lib/settings/config.ts";
import { keys } from "../lib/store/keys.ts";
import { countingKv, type KvOperations, type KvUnits } from "./counting_kv.ts";
import { visit } from "./filled_log.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** How long the request log collects records. */
const FLUSH_MS = 50;
/** How often the current hour is analysed within a minute. */
const WATCH_MS = 15_000;

/** What to simulate. */
export interface Simulation {
  requestsADay: number;
  /** Number of simulated minutes; a whole number. */
  minutes: number;
  /** Called each hour. */
  onHour?: (hours: number) => void;
}

/** The usage of one part. */
export interface Part extends KvOperations {
  units: KvUnits;
  /** Processor time of this process, user and system, in ms. */
  cpuMs: number;
}

/** The results. */
export interface Simulated {
  requests: number;
  minutes: number;
  log: Part;
  jobs: Part;
  /**
   * The longest time that a job blocked the thread or waited for the store, in ms, and its name.
   */
  slowest: { job: string; ms: number };
  /** Size of the log at the end, in bytes of keys and values. */
  logBytes: number;
  chunks: number;
}

/** Runs the simulation. */
export async function simulate(
  { requestsADay, minutes, onHour }: Simulation,
): Promise<Simulated> {
  using real = await Deno.openKv(":memory:");
  const { kv, units, operations } = countingKv(real);
  const begin = Math.floor(Date.now() / HOUR) * HOUR;
  let now = begin;
  const services = await openServices({
    config: parseConfig({ KV_PATH: ":memory:", GEO_PROVIDER: "off" }),
    kv,
    now: () => now,
  });
  await services.lists.poll();
  const meter = () => {
    return { ...operations, units: { ...units }, cpuMs: cpuMs() };
  };
  const parts = { log: emptyPart(), jobs: emptyPart() };
  let last = meter();
  const charge = (part: keyof typeof parts) => {
    const next = meter();
    addTo(parts[part], last, next);
    last = next;
  };
  const slowest = { job: "", ms: 0 };
  const run = async (job: string, work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    const ms = performance.now() - started;
    if (ms > slowest.ms) Object.assign(slowest, { job, ms });
  };
  const running = new RunningHour();
  const perFlush = requestsADay / (24 * HOUR / FLUSH_MS);
  let owed = 0;
  let requests = 0;
  for (let minute = 0; minute < minutes; minute++) {
    const start = begin + minute * MINUTE;
    for (let ms = 0; ms < MINUTE; ms += FLUSH_MS) {
      now = start + ms;
      owed += perFlush;
      if (owed >= 1) {
        const many = Math.floor(owed);
        owed -= many;
        requests += many;
        for (let i = 0; i < many; i++) {
          services.log.append(visit(now + Math.floor(i * FLUSH_MS / many)));
        }
        await services.log.flush();
      }
      if (ms % WATCH_MS > 0 || ms === 0) continue;
      charge("log");
      await run("watch", () => watch(services, running));
      charge("jobs");
    }
    charge("log");
    now = start + MINUTE;
    await run("watch", () => watch(services, running));
    await run("roll up", () => count(services));
    if (now % HOUR === 0) await run("hourly", () => hourly(services, running));
    for (const job of [copyLists, tidy, erasures, feeds]) {
      await run(job.name, () => job(services));
    }
    charge("jobs");
    if ((minute + 1) % 60 === 0) onHour?.((minute + 1) / 60);
  }
  const stored = await sizeOf(real, begin, now);
  await services.close();
  return { requests, minutes, ...parts, slowest, ...stored };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function emptyPart(): Part {
  return {
    ...{ reads: 0, bytesRead: 0, commits: 0, bytesWritten: 0 },
    units: { reads: 0, writes: 0 },
    cpuMs: 0,
  };
}

function addTo(part: Part, before: Part, after: Part): void {
  for (
    const name of [
      "reads",
      "bytesRead",
      "commits",
      "bytesWritten",
      "cpuMs",
    ] as const
  ) part[name] += after[name] - before[name];
  part.units.reads += after.units.reads - before.units.reads;
  part.units.writes += after.units.writes - before.units.writes;
}

async function sizeOf(
  kv: Deno.Kv,
  begin: number,
  end: number,
): Promise<{ logBytes: number; chunks: number }> {
  const { kv: counting, operations } = countingKv(kv);
  let chunks = 0;
  const entries = counting.list({
    start: keys.requestLogFrom(begin),
    end: keys.requestLogFrom(end + MINUTE),
  });
  for await (const _ of entries) chunks++;
  return { logBytes: operations.bytesRead, chunks };
}
