import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { requestItem } from "../../lib/log/request_item.ts";
import { type RequestRecord, UNKNOWN } from "../../lib/log/request_record.ts";
import { parseJsonItem } from "../../lib/import/own_json.ts";

const RECORD: RequestRecord = {
  ...UNKNOWN,
  timestamp: Date.UTC(2026, 2, 4, 10, 5, 3, 7),
  ip_address: "2001:db8::1",
  method: "GET",
  path: "/ä/%20",
  status: 403,
  duration_ms: 12,
  country_code: "DE",
  city: "Köln",
  user_agent: 'a "b"',
  referrer: "https://example.org/from",
  username: "ada",
  outcome: "blocked",
};

Deno.test("parseJsonItem() reads back what an export has written", () => {
  const bare = {
    country_code: null,
    city: null,
    user_agent: null,
    referrer: null,
    username: null,
  };
  for (const outcome of ["allowed", "blocked", "limited"] as const) {
    for (const record of [RECORD, { ...RECORD, ...bare }]) {
      const text = JSON.stringify(requestItem({ ...record, outcome }));
      assertEquals(parseJsonItem(text), { ...record, outcome });
      assertEquals(parseJsonItem(`  ${text},`), { ...record, outcome });
    }
  }
});

function item(fields: Record<string, unknown>): string {
  return JSON.stringify({ ...requestItem(RECORD), ...fields });
}

Deno.test("parseJsonItem() needs no more than who, when, what and how it went", () => {
  const { timestamp, ip_address, method, path, status } = requestItem(RECORD);
  assertEquals(
    parseJsonItem(
      JSON.stringify({ timestamp, ip_address, method, path, status }),
    ),
    {
      ...RECORD,
      duration_ms: null,
      country_code: null,
      city: null,
      user_agent: null,
      referrer: null,
      username: null,
      outcome: "allowed",
    },
  );
});

Deno.test("parseJsonItem() brings what it reads into the stored form", () => {
  const cases: [Record<string, unknown>, Partial<RequestRecord>][] = [
    [{ ip_address: "::ffff:203.0.113.9" }, { ip_address: "203.0.113.9" }],
    [
      { timestamp: "2026-03-04T11:05:03+01:00" },
      { timestamp: Date.UTC(2026, 2, 4, 10, 5, 3) },
    ],
    [{ path: "/x?token=secret#y" }, { path: "/x" }],
    [{ path: "/x\n?token=secret" }, { path: "/x\n" }],
    [{ path: `/${"x".repeat(1_000)}` }, { path: `/${"x".repeat(511)}` }],
    [{ path: "/\ud800" }, { path: "/\ufffd" }],
    [{ referrer: "https://e.org/x?y" }, { referrer: "https://e.org/x" }],
    [{ duration_ms: -1 }, { duration_ms: null }],
    [{ duration_ms: "7" }, { duration_ms: null }],
    [{ country_code: "Germany" }, { country_code: null }],
    [{ user_agent: 7, city: {}, username: [] }, {
      user_agent: null,
      city: null,
      username: null,
    }],
  ];
  for (const [fields, expected] of cases) {
    const record = parseJsonItem(item(fields));
    assertEquals(record, { ...RECORD, ...expected });
  }
});

const refused: [string, string][] = [
  ["nothing", ""],
  ["no JSON", "203.0.113.9 - -"],
  ["null", "null"],
  ["an array", `[${item({})}]`],
  ["a number", "7"],
  ["half an object", item({}).slice(0, -1)],
  ["no time", item({ timestamp: undefined })],
  ["a number for a time", item({ timestamp: 7 })],
  ["a time without zone", item({ timestamp: "2026-03-04T10:05:03" })],
  ["another way to write time", item({ timestamp: "4 March 2026" })],
  ["30 February", item({ timestamp: "2026-02-30T10:05:03Z" })],
  ["month 13", item({ timestamp: "2026-13-01T10:05:03Z" })],
  ["hour 25", item({ timestamp: "2026-03-04T25:05:03Z" })],
  ["a time before 1970", item({ timestamp: "1969-12-31T23:59:59Z" })],
  ["no address", item({ ip_address: "localhost" })],
  ["a number for an address", item({ ip_address: 1 })],
  ["no method", item({ method: "" })],
  ["a method that is none", item({ method: "GET /" })],
  ["no path", item({ path: null })],
  ["status 99", item({ status: 99 })],
  ["status 600", item({ status: 600 })],
  ["status 200.5", item({ status: 200.5 })],
  ["status as text", item({ status: "200" })],
  ["an outcome that is none", item({ outcome: "vanished" })],
  ["an outcome in an array", item({ outcome: ["allowed"] })],
];

for (const [name, text] of refused) {
  Deno.test(`parseJsonItem() refuses ${name}`, () => {
    assertEquals(parseJsonItem(text), null);
  });
}

Deno.test("parseJsonItem() never throws", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    parseJsonItem(text);
  }));
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
    parseJsonItem(JSON.stringify(a));
    parseJsonItem(item({ path: a, user_agent: b, username: a }));
  }));
});
