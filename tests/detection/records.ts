import { HOUR } from "../../lib/base/duration.ts";
import { type RequestRecord, UNKNOWN } from "../../lib/log/request_record.ts";
import type { Rule } from "../../lib/detection/rule.ts";
import { evaluate } from "../../lib/detection/engine.ts";
import { type RecordSource } from "../../lib/detection/types.ts";

/** A full hour, "the" hour of the tests. */
export const HOUR_START = Date.UTC(2026, 2, 4, 10);
export const THE_HOUR = { from: HOUR_START, to: HOUR_START + HOUR };

/** A record in the middle of the hour, with the given changes. */
export function record(fields: Partial<RequestRecord> = {}): RequestRecord {
  return {
    ...UNKNOWN,
    timestamp: HOUR_START + HOUR / 2,
    ip_address: "203.0.113.9",
    method: "GET",
    path: "/",
    status: 200,
    duration_ms: 1,
    country_code: null,
    city: null,
    user_agent: "test",
    referrer: null,
    username: null,
    outcome: "allowed",
    ...fields,
  };
}

/** A number of equal records. */
export function times(
  count: number,
  fields: Partial<RequestRecord> = {},
): RequestRecord[] {
  return Array.from(
    { length: count },
    (_, index) => record({ timestamp: HOUR_START + index * 1_000, ...fields }),
  );
}

/** A source of in-memory records, in chunks of `size`. */
export function sourceOf(
  records: readonly RequestRecord[],
  size = 100,
): RecordSource {
  return {
    async *scan({ from, to }) {
      await Promise.resolve();
      const found = records.filter((item) =>
        item.timestamp >= from && item.timestamp < to
      );
      for (let start = 0; start < found.length; start += size) {
        yield found.slice(start, start + size);
      }
    },
  };
}

/** The findings of one rule in the hour. */
export async function draftsOf(rule: Rule, records: RequestRecord[]) {
  const stream = sourceOf(records).scan({ from: 0, to: Infinity });
  return (await evaluate([rule], stream, THE_HOUR)).drafts;
}

/** A KV on a temporary file, and the function that removes it. */
export async function tempKv(): Promise<
  { path: string; kv: Deno.Kv; [Symbol.asyncDispose](): Promise<void> }
> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/test.db`;
  const kv = await Deno.openKv(path);
  return {
    path,
    kv,
    async [Symbol.asyncDispose]() {
      kv.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
