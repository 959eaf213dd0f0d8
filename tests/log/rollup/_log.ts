import fc from "fast-check";
import { BulkWriter } from "../../../lib/log/bulk_writer.ts";
import { RequestLog } from "../../../lib/log/request_log.ts";
import {
  type RequestRecord,
  UNKNOWN,
} from "../../../lib/log/request_record.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A full hour and a full day. */
export const START = Date.UTC(2026, 0, 5);
export const RETENTION = 30 * DAY;

/** A request to `/` at `START`, with the given changes. */
export function record(fields: Partial<RequestRecord> = {}): RequestRecord {
  return {
    ...UNKNOWN,
    timestamp: START,
    ip_address: "203.0.113.9",
    method: "GET",
    path: "/",
    status: 200,
    duration_ms: 1,
    country_code: "NL",
    city: "Amsterdam",
    user_agent: "curl/8",
    referrer: null,
    username: null,
    outcome: "allowed",
    ...fields,
  };
}

/** Writes records like a process of its own, and a third of them like an import. */
export async function write(
  kv: Deno.Kv,
  records: RequestRecord[],
  now: () => number,
  retentionMs = RETENTION,
): Promise<void> {
  const log = new RequestLog({ kv, now, retentionMs });
  const imported: RequestRecord[] = [];
  for (const [i, each] of records.entries()) {
    if (i % 3 === 0) imported.push(each);
    else log.append(each);
  }
  await log.close();
  const writer = new BulkWriter({ kv, now, retentionMs });
  await writer.write(imported, crypto.randomUUID().slice(0, 8));
  await writer.flush();
}

/** Records whose time lies `from` to `to` milliseconds after `START`. */
export function records(
  from: number,
  to: number,
  maxLength = 60,
): fc.Arbitrary<RequestRecord[]> {
  const anyOf = <T>(...values: T[]) => fc.constantFrom(...values);
  return fc.array(
    fc.record({
      timestamp: fc.integer({ min: from, max: to - 1 }).map((ms) => START + ms),
      ip_address: fc.nat(6).map((i) =>
        i < 5 ? `203.0.113.${i}` : "2001:db8::1"
      ),
      path: anyOf("/", "/login", "/a", "/b", "/ł東"),
      status: anyOf(200, 204, 301, 403, 404, 429, 500, 503),
      country_code: anyOf("NL", "DE", null),
      user_agent: anyOf("curl/8", "Mozilla/5.0", null),
      referrer: anyOf("https://example.org/", null),
      username: anyOf("ann", null),
      outcome: anyOf(
        "allowed" as const,
        "blocked" as const,
        "limited" as const,
      ),
    }).map(record),
    { maxLength },
  );
}
