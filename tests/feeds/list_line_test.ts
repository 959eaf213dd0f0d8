import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { listLineReader } from "../../lib/feeds/list_line.ts";

const END = Date.UTC(2027, 0, 1);

/** The result of a line: an address, its note and its end; or its kind. */
const LINES: [line: string, expected: unknown[] | string][] = [
  ["1.10.16.0/20 ; SBL256894", ["1.10.16.0/20", "SBL256894", null]],
  ["1.2.3.4", ["1.2.3.4", "", null]],
  ["  1.2.3.4\t", ["1.2.3.4", "", null]],
  ["1.2.3.4#bad", ["1.2.3.4", "bad", null]],
  ["1.2.3.4, guessing  passwords", ["1.2.3.4", "guessing passwords", null]],
  ["2001:db8::/32 ; x;y", ["2001:db8::/32", "x;y", null]],
  ["", "nothing"],
  ["   ", "nothing"],
  ["# FireHOL", "nothing"],
  ["; Spamhaus DROP List 2026/11/20", "nothing"],
  ["// no", "nothing"],
  ["[", "nothing"],
  ["]", "nothing"],
  ['[{"ip_address":"1.2.3.4"}]', "damaged"],
  [
    '{"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}',
    ["1.10.16.0/20", "SBL256894", null],
  ],
  [
    '{"type":"metadata","timestamp":1732068303,"size":77,"records":1}',
    "metadata 1",
  ],
  ['{"type":"metadata"}', "metadata null"],
  ['{"type":"metadata","records":"many"}', "metadata null"],
  ['{"type":"metadata","records":1.5}', "metadata null"],
  [
    '{"ip_address":"1.2.3.4","reason":"scans","created_at":"x","expires_at":"2027-01-01T00:00:00.000Z","hits":3},',
    ["1.2.3.4", "scans", END],
  ],
  [
    '{"ip_address":"1.2.3.4","reason":"","expires_at":null}',
    ["1.2.3.4", "", null],
  ],
  ['{"ip_address":"1.2.3.4","expires_at":"soon"}', "damaged"],
  ['{"ip_address":"1.2.3.4","expires_at":7}', "damaged"],
  ['{"ip_address":["1.2.3.4"]}', "damaged"],
  ['{"cidr":null}', "damaged"],
  ['{"cidr":"1.2.3.4"', "damaged"],
  ["{}", "damaged"],
  ["deny 1.2.3.0/24;", ["1.2.3.0/24", "", null]],
  ["deny  1.2.3.4 ; # scans", ["1.2.3.4", "scans", null]],
  ["DENY 1.2.3.4;", ["1.2.3.4", "", null]],
  ["deny all;", ["all", "", null]],
  ["deny 1.2.3.4", "damaged"],
  ["allow 1.2.3.4;", "damaged"],
  ["0.0.0.0 ads.example.com", "damaged"],
  ["1.2.3.4 5.6.7.8", "damaged"],
  ["1.2.3.4 - - [05/Jan/2026] GET /", "damaged"],
  ["<html><head>", ["<html><head>", "", null]],
  [`${"9".repeat(65)}`, "damaged"],
  ["1.2.3.4 ; \x1b[2J\u202eevil", ["1.2.3.4", "\\x1b[2J\\u202eevil", null]],
];

for (const [line, expected] of LINES) {
  Deno.test(`list line: ${JSON.stringify(line)}`, () => {
    const read = listLineReader()(line);
    const said = read.kind === "entry"
      ? [read.entry.ip, read.entry.note, read.entry.expires_at]
      : read.kind === "metadata"
      ? `metadata ${read.records}`
      : read.kind;
    assertEquals(said, expected);
  });
}

Deno.test("list line: CSV as our export writes it is read by its header", () => {
  const read = listLineReader();
  const head = "ip_address,reason,created_at,created_by,expires_at,hits";
  assertEquals(read(head).kind, "nothing");
  assertEquals(read(`1.2.3.4,"'=1+1, ""x""",now,ann,2027-01-01T00:00:00Z,3`), {
    kind: "entry",
    entry: { ip: "1.2.3.4", note: '=1+1, "x"', expires_at: END },
  });
  assertEquals(read("1.2.3.4,torn").kind, "damaged");
});

Deno.test("list line: no line is fatal, and a note is short, on one line and inert", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `1.2.3.4 ; ${text}`),
    fc.json().map((text) => `{"cidr":"1.2.3.4","sblid":${text}}`),
  );
  fc.assert(fc.property(text, (line) => {
    const read = listLineReader()(line);
    if (read.kind !== "entry") return;
    assert(new TextEncoder().encode(read.entry.note).length <= 200);
    assert(!/[\p{Cc}\u202e\t]/u.test(read.entry.note));
    assert(read.entry.ip.length <= 64);
  }));
});

Deno.test("list line: takes time in proportion to its length", () => {
  for (
    const line of [
      "deny " + " ".repeat(200_000),
      "1.2.3.4" + " ".repeat(200_000) + "x",
      "1.2.3.4 ;".repeat(20_000),
      "{".repeat(200_000),
      '{"a":'.repeat(40_000),
    ]
  ) {
    const started = performance.now();
    listLineReader()(line);
    assert(performance.now() - started < 500, line.slice(0, 20));
  }
});
