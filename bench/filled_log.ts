import { rollUp } from "../lib/log/rollup/roller.ts";
import { type RequestRecord, UNKNOWN } from "../lib/log/request_record.ts";
import { kvFileSize } from "../lib/store/open.ts";
import type { BenchOptions } from "./section.ts";
import { storeRequests } from "./store_requests.ts";
import { watchTurns } from "./turns.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A store with many requests, counted into rollups. */
export interface FilledLog {
  kvPath: string;
  /** Number of days. */
  days: number;
  /** Number of requests. */
  total: number;
  /** Time of the last one, epoch ms. */
  end: number;
  /** Time for storing and for counting them, in seconds. */
  fillSeconds: number;
  countSeconds: number;
  /** Longest time that counting blocked the event loop, in ms. */
  countTurnMs: number;
  bytesPerRecord: number;
}

/** Created by the first section that needs it, and shared by the others of a run. */
export async function filledLog(
  { quick, folder }: BenchOptions,
): Promise<FilledLog> {
  const about = `${folder}/filled_log.json`;
  try {
    return JSON.parse(await Deno.readTextFile(about));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const kvPath = `${folder}/filled_log.db`;
  const filled = quick
    ? await fill(kvPath, 100_000, 2)
    : await fill(kvPath, 10_000_000, 30);
  await Deno.writeTextFile(about, JSON.stringify(filled));
  return filled;
}

async function fill(
  kvPath: string,
  wanted: number,
  days: number,
): Promise<FilledLog> {
  const end = Date.now();
  using kv = await Deno.openKv(kvPath);
  let started = performance.now();
  const seconds = () => (performance.now() - started) / 1_000;
  const span = { begin: end - days * DAY, end };
  const total = await storeRequests(kv, visits(wanted, span), {
    expiresAt: end + 30 * DAY,
    writtenAt: end,
  });
  const fillSeconds = seconds();
  const bytes = await kvFileSize(kvPath) ?? NaN;
  started = performance.now();
  const slowest = watchTurns();
  await rollUp({ kv, now: () => end });
  return {
    kvPath,
    days,
    total,
    end,
    fillSeconds,
    countSeconds: seconds(),
    countTurnMs: slowest(),
    bytesPerRecord: bytes / total,
  };
}

/** A daily and weekly rhythm, few busy addresses and many rare ones, some scanners. */
function* visits(
  total: number,
  { begin, end }: { begin: number; end: number },
): Generator<RequestRecord> {
  const first = Math.ceil(begin / HOUR) * HOUR;
  const weight = (time: number) => {
    const hour = time / HOUR % 24;
    const weekday = Math.floor(time / DAY + 4) % 7;
    return (1.2 - Math.cos((hour - 3) / 12 * Math.PI)) *
      (weekday % 6 === 0 ? 0.6 : 1) * Math.min(1, (end - time) / HOUR);
  };
  let sum = 0;
  for (let time = first; time < end; time += HOUR) sum += weight(time);
  for (let hour = first; hour < end; hour += HOUR) {
    const count = Math.round(total * weight(hour) / sum);
    const span = Math.min(HOUR, end - hour);
    for (let i = 0; i < count; i++) {
      yield visit(Math.floor(hour + (i + Math.random()) / count * span));
    }
  }
}

/** A random number below `n`; smaller ones are more likely. */
export function skewed(n: number, power: number): number {
  return Math.floor(n * Math.random() ** power);
}

/** The address of one of many clients: smaller numbers are busier. */
export function clientAddress(client: number): string {
  return `${20 + client % 150}.${client >> 8 & 255}.${client & 255}.7`;
}

/** A browser's user agent, one of many. */
export function userAgent(n: number): string {
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${n}.0 Safari/537.36`;
}

/** Country codes of requests; TV is a rare one. */
export const COUNTRIES = Array.from(
  { length: 60 },
  (_, i) => String.fromCharCode(65 + i % 26, 65 + (i * 7) % 26),
);

const AGENTS = Array.from({ length: 300 }, (_, n) => userAgent(n));

/** One request of a site with busy and rare clients and some scanners. */
export function visit(timestamp: number): RequestRecord {
  const client = skewed(150_000, 3);
  const isScanner = Math.random() < 0.05;
  const isNobody = Math.random() < 0.000_005;
  return {
    ...UNKNOWN,
    timestamp,
    ip_address: isNobody ? `192.0.2.${skewed(5, 1)}` : clientAddress(client),
    method: "GET",
    path: isScanner
      ? `/wp-${skewed(50_000, 1)}.php`
      : `/articles/${skewed(4_000, 4)}/comments`,
    status: isScanner
      ? 404
      : Math.random() < 0.002
      ? 500
      : isNobody
      ? 418
      : 200,
    duration_ms: 3.5,
    country_code: isNobody ? "TV" : COUNTRIES[skewed(60, 1 + client % 3)]!,
    city: null,
    user_agent: AGENTS[skewed(300, 3)]!,
    referrer: Math.random() < 0.3
      ? `https://example.org/${skewed(200, 3)}`
      : null,
    username: Math.random() < 0.05 ? `user${skewed(500, 2)}` : null,
    outcome: isScanner && client % 3 === 0 ? "blocked" : "allowed",
  };
}
