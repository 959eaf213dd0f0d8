import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { scanRequests } from "../../lib/log/request_query.ts";
import { MAX_SPAN_MS } from "../../lib/log/log_chunk.ts";
import {
  OUTCOMES,
  type RequestRecord,
  UNKNOWN,
} from "../../lib/log/request_record.ts";
import { scanViews } from "../../lib/log/request_view.ts";
import { store } from "./_records.ts";

const START = Date.UTC(2026, 2, 4, 10);

const anyRecord: fc.Arbitrary<RequestRecord> = fc.record({
  timestamp: fc.integer({ min: START, max: START + 10 * MAX_SPAN_MS }),
  ip_address: fc.constantFrom("203.0.113.9", "2001:db8::1"),
  method: fc.constantFrom("GET", "POST"),
  path: fc.webPath(),
  status: fc.integer({ min: 100, max: 599 }),
  duration_ms: fc.option(
    fc.integer({ min: 0, max: 4_000_000 }).map((n) => n / 1_000),
  ),
  country_code: fc.option(fc.constantFrom("DE", "FR")),
  city: fc.option(fc.string({ minLength: 1, maxLength: 9 })),
  user_agent: fc.option(fc.string({ minLength: 1, maxLength: 9 })),
  referrer: fc.option(fc.webUrl()),
  username: fc.option(fc.constantFrom("ann", "bob")),
  outcome: fc.constantFrom(...OUTCOMES),
  host: fc.option(fc.domain()),
  signals: fc.integer({ min: 0, max: 0x7ff }),
  rule: fc.option(fc.constantFrom("api", "no-php")),
  flags: fc.integer({ min: 0, max: 7 }),
  network: fc.option(
    fc.record({
      asn: fc.integer({ min: 0, max: 0xffff_ffff }),
      operator: fc.option(fc.constantFrom("Example Hosting", "x y z")),
    }),
  ),
}).map(({ network, ...record }) => ({
  ...record,
  asn: network?.asn ?? null,
  operator: network?.operator ?? null,
}));

const copy = (record: RequestRecord): RequestRecord => ({
  timestamp: record.timestamp,
  ip_address: record.ip_address,
  method: record.method,
  path: record.path,
  status: record.status,
  duration_ms: record.duration_ms,
  country_code: record.country_code,
  city: record.city,
  user_agent: record.user_agent,
  referrer: record.referrer,
  username: record.username,
  outcome: record.outcome,
  host: record.host,
  signals: record.signals,
  rule: record.rule,
  asn: record.asn,
  operator: record.operator,
  flags: record.flags,
});

Deno.test("request view: it reads the same records as are read one by one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { maxLength: 60 }),
      fc.integer({ min: 0, max: 10 }),
      async (records, minutes) => {
        using kv = await Deno.openKv(":memory:");
        const now = () => START;
        await store(kv, now, records);
        const range = { from: START, to: START + minutes * MAX_SPAN_MS };
        const plain: RequestRecord[] = [];
        for await (const part of scanRequests(kv, range, now)) {
          plain.push(...part);
        }
        const viewed: RequestRecord[] = [];
        for await (const part of scanViews(kv, range, now)) {
          for (const record of part) viewed.push(copy(record));
        }
        assertEquals(viewed, plain);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("request view: many blocks, read to the end or left in the middle", async () => {
  using kv = await Deno.openKv(":memory:");
  const record = (n: number): RequestRecord => ({
    ...UNKNOWN,
    timestamp: START + n * MAX_SPAN_MS,
    ip_address: "203.0.113.9",
    method: "GET",
    path: `/${n}`,
    status: 200,
    duration_ms: 1,
    country_code: null,
    city: null,
    user_agent: null,
    referrer: null,
    username: null,
    outcome: "allowed",
  });
  const all = Array.from({ length: 100 }, (_, n) => record(n));
  await store(kv, () => START, all);
  const range = { from: START, to: START * 2 };
  for (const stopAt of [1, 15, 16, 17, 99, 1_000]) {
    const paths: string[] = [];
    for await (const part of scanViews(kv, range, () => START)) {
      for (const { path } of part) paths.push(path);
      if (paths.length === stopAt) break;
    }
    assertEquals(paths.length, Math.min(stopAt, 100));
    assertEquals(paths[0], "/0");
  }
  const expired = await Array.fromAsync(
    scanViews(kv, range, () => START * 2),
  );
  assertEquals(expired, []);
});
