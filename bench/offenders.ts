import { type RequestRecord, UNKNOWN } from "../lib/log/request_record.ts";
import { userAgent } from "./filled_log.ts";

const HOUR = 3_600_000;
const OFFENDERS = 10_500;

/** The end of the hour that the job analyses. */
export const HOUR_END = Date.UTC(2026, 5, 30, 16);

/** Each offender sends one request more than this in an hour with this many records. */
export function thresholdOf(records: number): number {
  return Math.floor(records * 0.9 / OFFENDERS) - 1;
}

/**
 * An hour's requests: nine in ten are from 10,500 offenders, the others from addresses with few
 * requests.
 */
export function* offendersHour(records: number): Generator<RequestRecord> {
  const theirs = (thresholdOf(records) + 1) * OFFENDERS;
  let made = 0;
  for (let n = 0; n < records; n++) {
    const isTheirs = n % 10 !== 9 && made < theirs;
    const host = isTheirs ? made++ % OFFENDERS : n % 40_000;
    yield {
      ...UNKNOWN,
      timestamp: HOUR_END - HOUR + Math.floor(n / records * HOUR),
      ip_address: `${isTheirs ? "198.18" : "10.9"}.${host >> 8}.${host & 255}`,
      method: "GET",
      path: n % 200 === 0 ? "/login" : `/articles/${n * 7 % 3_000}/comments`,
      status: n % 50 === 0 ? 404 : 200,
      duration_ms: 3.5,
      country_code: "DE",
      city: null,
      // As in practice, an address keeps its user agent.
      user_agent: userAgent(host % 300),
      referrer: null,
      username: null,
      outcome: "allowed",
    };
  }
}
