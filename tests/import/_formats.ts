import { assert, assertEquals } from "@std/assert";
import { recordedReferrer } from "../../lib/http/record_fields.ts";
import { createLogClient } from "../../lib/import/log_client.ts";
import { LogReader } from "../../lib/import/log_reader.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { parseCidr } from "../../lib/net/cidr.ts";

const folder = new URL("../data/formats/", import.meta.url);

/** The formats with a file in tests/data. */
export const names = [...Deno.readDirSync(folder)]
  .map(({ name }) => name)
  .filter((name) => name.endsWith(".log"))
  .map((name) => name.slice(0, -4))
  .sort();

interface Expected {
  line: number;
  timestamp: string | null;
  ip_address: string | null;
  method: string;
  path: string;
  status: number;
  duration_ms: number | null;
  user_agent: string | null;
  referrer: string | null;
  username: string | null;
}

/** A reader that trusts 10.0.0.0/8, in June 2025. */
export function readerOf(format?: string): LogReader {
  return new LogReader({
    clientOf: createLogClient({ trustedProxies: [parseCidr("10.0.0.0/8")!] }),
    now: () => Date.UTC(2025, 5, 1),
    format,
  });
}

export function linesOf(name: string): string[] {
  const text = Deno.readTextFileSync(new URL(`${name}.log`, folder));
  return text.split("\n").filter((line) => line !== "");
}

function expectedOf(name: string): Expected[] {
  const file = new URL(`${name}.expected.jsonl`, folder);
  return Deno.readTextFileSync(file).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
}

/** Compares the parsed lines with the expected records. */
export function assertMeans(
  records: (RequestRecord | null)[],
  name: string,
): void {
  const expected = expectedOf(name);
  for (const [index, record] of records.entries()) {
    const line = expected.find((each) => each.line === index + 1);
    const where = `${name}, line ${index + 1}`;
    if (!line || line.timestamp === null || line.ip_address === null) {
      assertEquals(record, null, where);
      continue;
    }
    assert(record !== null, `${where} was not read`);
    const { timestamp, ip_address, method, path, status } = record;
    assertEquals({
      timestamp: new Date(timestamp).toISOString(),
      ip_address,
      method,
      path,
      status,
      duration_ms: record.duration_ms === null
        ? null
        : Math.round(record.duration_ms),
      user_agent: record.user_agent,
      referrer: record.referrer,
      username: record.username,
    }, {
      timestamp: line.timestamp,
      ip_address: line.ip_address,
      method: line.method,
      path: line.path,
      status: line.status,
      duration_ms: line.duration_ms,
      user_agent: line.user_agent,
      referrer: recordedReferrer(line.referrer),
      username: line.username,
    }, where);
  }
}
