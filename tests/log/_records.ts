import { RequestLog } from "../../lib/log/request_log.ts";
import { type RequestRecord, UNKNOWN } from "../../lib/log/request_record.ts";

/** A record of a plain request, with a test's changes. */
export function record(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    ...UNKNOWN,
    timestamp: 0,
    ip_address: "203.0.113.9",
    method: "GET",
    path: "/",
    status: 200,
    duration_ms: 1,
    country_code: null,
    city: null,
    user_agent: null,
    referrer: null,
    username: null,
    outcome: "allowed",
    ...changes,
  };
}

/** Stores records like the server. */
export async function store(
  kv: Deno.Kv,
  now: () => number,
  records: Iterable<RequestRecord>,
): Promise<void> {
  const log = new RequestLog({ kv, now, retentionMs: 30 * 86_400_000 });
  for (const one of records) log.append(one);
  await log.close();
}
