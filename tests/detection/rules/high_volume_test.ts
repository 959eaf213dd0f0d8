import { HOUR } from "../../../lib/base/duration.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RequestRecord } from "../../../lib/log/request_record.ts";
import { highVolume } from "../../../lib/detection/rules/high_volume.ts";
import { mutationsFail, spread, type Table } from "./_table.ts";
import { draftsOf, HOUR_START, record, times } from "../records.ts";

const rule = highVolume({ threshold: 100 });
const LAST_MS = HOUR_START + HOUR - 1;

const flagged: Record<string, { records: RequestRecord[]; count: number }> = {
  "101 requests": { records: times(101), count: 101 },
  "1,000 requests": { records: times(1_000), count: 1_000 },
  "101 in one millisecond": {
    records: times(101, { timestamp: HOUR_START }),
    count: 101,
  },
  "101 in the hour's last millisecond": {
    records: times(101, { timestamp: LAST_MS }),
    count: 101,
  },
  "101 that failed": { records: times(101, { status: 500 }), count: 101 },
  "101 of a signed-in user": {
    records: times(101, { username: "ada" }),
    count: 101,
  },
  "101 over a limit": {
    records: times(101, { outcome: "limited", status: 429 }),
    count: 101,
  },
  "50 allowed and 51 limited": {
    records: [...times(50), ...times(51, { outcome: "limited" })],
    count: 101,
  },
  "101 from one IPv6 address": {
    records: times(101, { ip_address: "2001:db8::1" }),
    count: 101,
  },
  "101 beside another's 100": {
    records: [...times(101), ...times(100, { ip_address: "203.0.113.10" })],
    count: 101,
  },
  "101 with a 403 of the application": {
    records: times(101, { status: 403 }),
    count: 101,
  },
  "101 in reverse": { records: times(101).reverse(), count: 101 },
};

for (const [name, { records, count }] of Object.entries(flagged)) {
  Deno.test(`high_volume: ${name} are flagged`, async () => {
    const drafts = await draftsOf(rule, records);
    assertEquals(drafts.length, 1);
    assertEquals(drafts[0]!.count, count);
    assertEquals(drafts[0]!.severity, count > 500 ? "warning" : "info");
    assertEquals(drafts[0]!.rule, "high_volume");
    assertEquals(drafts[0]!.ip_address, records[0]!.ip_address);
  });
}

const fine: Record<string, RequestRecord[]> = {
  "no request": [],
  "one request": [record()],
  "99 requests": times(99),
  "exactly 100 requests": times(100),
  "101 that our blocklist refused": times(101, { outcome: "blocked" }),
  "100 allowed and 500 blocked": [
    ...times(100),
    ...times(500, { outcome: "blocked", status: 403 }),
  ],
  "50 allowed and 50 limited": [
    ...times(50),
    ...times(50, { outcome: "limited" }),
  ],
  "100 from each of two addresses": [
    ...times(100),
    ...times(100, { ip_address: "203.0.113.10" }),
  ],
  "101 spread over two hours": [
    ...times(100),
    record({ timestamp: HOUR_START - 1 }),
  ],
  "100 and one in the next hour": [
    ...times(100),
    record({ timestamp: LAST_MS + 1 }),
  ],
  "1,000 from as many addresses": Array.from(
    { length: 1_000 },
    (_, n) => record({ ip_address: `198.51.${n >> 8}.${n & 255}` }),
  ),
  "101 in all from two /64": Array.from(
    { length: 101 },
    (_, n) => record({ ip_address: `2001:db8:0:${n % 2}::${n + 1}` }),
  ),
};

for (const [name, records] of Object.entries(fine)) {
  Deno.test(`high_volume: ${name} are not flagged`, async () => {
    assertEquals(await draftsOf(rule, records), []);
  });
}

Deno.test("high_volume: pieces of pages count, and make it no warning", async () => {
  const page = { path: "/doku.php", referrer: "https://h/x", host: "h" };
  const piece = { ...page, path: "/lib/images/error.png" };
  for (
    const [pages, pieces, severity] of [
      [100, 900, "info"],
      [500, 900, "info"],
      [501, 0, "warning"],
      [501, 900, "warning"],
    ] as const
  ) {
    const [draft] = await draftsOf(rule, [
      ...times(pages, page),
      ...times(pieces, piece),
    ]);
    assertEquals([draft!.count, draft!.severity], [pages + pieces, severity]);
  }
});

Deno.test("high_volume is more than the threshold, the one it was made with", async () => {
  assertEquals(await draftsOf(highVolume({ threshold: 3 }), times(3)), []);
  const [draft] = await draftsOf(highVolume({ threshold: 3 }), times(4));
  assertEquals(draft!.count, 4);
});

Deno.test("high_volume: it says how many, when and how many are fine", async () => {
  const [draft] = await draftsOf(rule, times(108));
  assertEquals(
    draft!.explanation,
    "108 requests in the hour from 2026-03-04 10:00 UTC, more than 100",
  );
  assertStringIncludes(draft!.evidence[0]!.path, "/");
});

Deno.test("high_volume: an IPv6 prefix is one client, and its busiest address is named", async () => {
  const [draft] = await draftsOf(rule, [
    ...Array.from(
      { length: 300 },
      (_, n) => record({ ip_address: `2001:db8::${(n + 1).toString(16)}` }),
    ),
    ...times(3, { ip_address: "2001:db8::7" }),
  ]);
  assertEquals([draft!.ip_address, draft!.count], ["2001:db8::7", 303]);
  assertStringIncludes(draft!.explanation, "256 addresses of 2001:db8::/64");
});

mutationsFail(
  rule,
  Object.fromEntries([
    ...Object.entries(flagged).map(([name, { records }]) =>
      [name, [records, "warning"]] as const
    ),
    ...Object.entries(fine).map(([name, records]) =>
      [name, [records, null]] as const
    ),
    ["101 over the hour", [spread(101, [0, HOUR - 1]), "warning"]],
    ["150 over two hours", [spread(150, [-HOUR, HOUR - 1]), null]],
  ]) as Table<RequestRecord>,
);
