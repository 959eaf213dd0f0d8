import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type RequestRecord, UNKNOWN } from "../../lib/log/request_record.ts";
import { readClf } from "../../lib/import/clf.ts";
import { createLogClient } from "../../lib/import/log_client.ts";
import { LogReader } from "../../lib/import/log_reader.ts";

const TIME = "[17/May/2015:10:05:03 +0000]";

/** The result for a line in a file of its own. */
function parse(text: string): RequestRecord | null {
  const reader = new LogReader({
    clientOf: createLogClient(),
    now: () => Date.UTC(2026, 0, 1),
  });
  return [...reader.read([text]), ...reader.finish()][0] ?? null;
}

/** A line of the combined format, with the given changes. */
function line(
  fields: Partial<
    Record<"ip" | "user" | "time" | "request" | "numbers" | "rest", string>
  > = {},
): string {
  const {
    ip = "203.0.113.9",
    user = "-",
    time = TIME,
    request = "GET /x HTTP/1.1",
    numbers = "200 12",
    rest = ' "-" "test"',
  } = fields;
  return `${ip} - ${user} ${time} "${request}" ${numbers}${rest}`;
}

Deno.test("a line of the family: reads a combined line whole", () => {
  assertEquals(
    parse(
      line({
        request: "POST /a/b?password=x HTTP/1.1",
        user: "ada",
        numbers: "302 -",
        rest: ' "https://u:p@example.org/from?q=secret#f" "Mozilla/5.0 (X11)"',
      }),
    ),
    {
      ...UNKNOWN,
      timestamp: Date.UTC(2015, 4, 17, 10, 5, 3),
      ip_address: "203.0.113.9",
      method: "POST",
      path: "/a/b",
      status: 302,
      duration_ms: null,
      country_code: null,
      city: null,
      user_agent: "Mozilla/5.0 (X11)",
      referrer: "https://example.org/from",
      username: "ada",
      outcome: "allowed",
    },
  );
});

const read: Record<string, [string, Partial<RequestRecord>]> = {
  "the common format": [
    line({ rest: "" }),
    { user_agent: null, referrer: null, path: "/x" },
  ],
  "the common format and a space": [line({ rest: " " }), { path: "/x" }],
  "dashes for what is missing": [
    line({ rest: ' "-" "-"', numbers: "304 -" }),
    { user_agent: null, referrer: null, status: 304 },
  ],
  "empty fields": [
    line({ rest: ' "" ""' }),
    { user_agent: null, referrer: null },
  ],
  "escaped quotes": [
    line({ rest: String.raw` "-" "a \"b\" c"` }),
    { user_agent: 'a "b" c' },
  ],
  "an escaped backslash before the quote": [
    line({ rest: String.raw` "-" "a\\"` }),
    { user_agent: "a\\" },
  ],
  "escaped bytes": [
    line({ rest: String.raw` "-" "\xC3\xA9 \x22 \xff"` }),
    { user_agent: 'é " \ufffd' },
  ],
  "an escaped backslash before an x": [
    line({ rest: String.raw` "-" "\\x41"` }),
    { user_agent: "\\x41" },
  ],
  "fields after the user agent": [
    line({ rest: ' "-" "test" "10.0.0.1" 0.003' }),
    { user_agent: "test" },
  ],
  "IPv6": [
    line({ ip: "2001:DB8:0:0::1" }),
    { ip_address: "2001:db8::1" },
  ],
  "IPv4 in IPv6": [
    line({ ip: "::ffff:203.0.113.9" }),
    { ip_address: "203.0.113.9" },
  ],
  "a zone east of UTC": [
    line({ time: "[17/May/2015:00:05:03 +0530]" }),
    { timestamp: Date.UTC(2015, 4, 16, 18, 35, 3) },
  ],
  "a zone west of UTC": [
    line({ time: "[31/Dec/2015:23:59:59 -0800]" }),
    { timestamp: Date.UTC(2016, 0, 1, 7, 59, 59) },
  ],
  "29 February": [
    line({ time: "[29/Feb/2016:00:00:00 +0000]" }),
    { timestamp: Date.UTC(2016, 1, 29) },
  ],
  "no request": [line({ request: "-" }), { method: "-", path: "-" }],
  "an empty request": [line({ request: "" }), { method: "-", path: "-" }],
  "a TLS handshake": [
    line({ request: String.raw`\x16\x03\x01\x02\x00`, numbers: "400 0" }),
    { method: "-", path: "-", status: 400 },
  ],
  "a method that is none": [
    line({ request: "G<T /x HTTP/1.1" }),
    { method: "-", path: "-" },
  ],
  "a method of 17 letters": [
    line({ request: `${"A".repeat(17)} /x HTTP/1.1` }),
    { method: "-", path: "-" },
  ],
  "a method of 16 letters": [
    line({ request: `${"A".repeat(16)} /x HTTP/1.1` }),
    { method: "A".repeat(16), path: "/x" },
  ],
  "HTTP/0.9": [line({ request: "GET /x" }), { method: "GET", path: "/x" }],
  "HTTP/2": [line({ request: "GET /x HTTP/2" }), { path: "/x" }],
  "spaces in the path": [
    line({ request: "GET /a b  c HTTP/1.1" }),
    { path: "/a b  c" },
  ],
  "a quote in the path": [
    line({ request: String.raw`GET /a\"b HTTP/1.1` }),
    { path: '/a"b' },
  ],
  "raw bytes in the path": [
    line({ request: String.raw`GET /\xE4\x22 HTTP/1.1` }),
    { path: "/%E4%22" },
  ],
  "a query and a fragment": [
    line({ request: "GET /a?b#c HTTP/1.1" }),
    { path: "/a" },
  ],
  "an absolute target": [
    line({ request: "GET http://example.org/a/b?c HTTP/1.1" }),
    { path: "/a/b" },
  ],
  "an absolute target without a path": [
    line({ request: "GET http://example.org HTTP/1.1" }),
    { path: "/" },
  ],
  "OPTIONS *": [
    line({ request: "OPTIONS * HTTP/1.1" }),
    { method: "OPTIONS", path: "*" },
  ],
  "CONNECT": [
    line({ request: "CONNECT example.org:443 HTTP/1.1" }),
    { path: "example.org:443" },
  ],
  "a refusal of another server's": [
    line({ numbers: "403 12" }),
    { status: 403, outcome: "allowed" },
  ],
  "another server's limit": [
    line({ numbers: "429 12" }),
    { status: 429, outcome: "allowed" },
  ],
  "a name with a space": [line({ user: "ada l" }), { username: "ada l" }],
  "what was typed into a refused login": [
    line({ user: "hunter2", numbers: "401 12" }),
    { username: null },
  ],
  "a path of 1,000 letters": [
    line({ request: `GET /${"ä".repeat(500)} HTTP/1.1` }),
    { path: `/${"ä".repeat(255)}` },
  ],
  "a user agent of 1,000 letters": [
    line({ rest: ` "-" "${"a".repeat(1_000)}"` }),
    { user_agent: "a".repeat(256) },
  ],
};

for (const [name, [text, fields]] of Object.entries(read)) {
  Deno.test(`a line is read:  ${name}`, () => {
    const record = parse(text) as unknown as Record<string, unknown>;
    assertEquals(record === null, false);
    for (const [field, value] of Object.entries(fields)) {
      assertEquals(record[field], value, field);
    }
  });
}

for (
  const [index, month] of "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    .split(" ").entries()
) {
  Deno.test(`a line is read in ${month}`, () => {
    const record = parse(
      line({ time: `[09/${month}/2020:01:02:03 +0100]` }),
    );
    assertEquals(record!.timestamp, Date.UTC(2020, index, 9, 0, 2, 3));
  });
}

const refused: Record<string, string> = {
  "nothing": "",
  "words": "hello world",
  "a host's name": line({ ip: "crawl.example.org" }),
  "a short address": line({ ip: "203.0.113" }),
  "octal": line({ ip: "010.0.0.1" }),
  "no time": line({ time: "-" }),
  "31 April": line({ time: "[31/Apr/2015:10:05:03 +0000]" }),
  "29 February of 2015": line({ time: "[29/Feb/2015:10:05:03 +0000]" }),
  "day 0": line({ time: "[00/May/2015:10:05:03 +0000]" }),
  "hour 24": line({ time: "[17/May/2015:24:05:03 +0000]" }),
  "minute 60": line({ time: "[17/May/2015:10:60:03 +0000]" }),
  "second 60": line({ time: "[17/May/2015:10:05:60 +0000]" }),
  "a zone of 15 hours": line({ time: "[17/May/2015:10:05:03 +1500]" }),
  "a zone of 60 minutes": line({ time: "[17/May/2015:10:05:03 +0060]" }),
  "a month that is none": line({ time: "[17/May /2015:10:05:03 +0000]" }),
  "another month that is none": line({ time: "[17/Mai/2015:10:05:03 +0000]" }),
  "a time before 1970": line({ time: "[31/Dec/1969:23:59:59 +0000]" }),
  "status 99": line({ numbers: "99 12" }),
  "status 000": line({ numbers: "000 12" }),
  "status 600": line({ numbers: "600 12" }),
  "status 2000": line({ numbers: "2000 12" }),
  "no status": line({ numbers: "- 12" }),
  "a quote that is not closed": line({ rest: ' "-" "test' }),
  "a request that is not closed": line({ request: "GET /x\\" }).slice(0, 70),
  "a line of JSON": '{"ip_address":"203.0.113.9"}',
};

for (const [name, text] of Object.entries(refused)) {
  Deno.test(`a line is refused:  ${name}`, () => {
    assertEquals(parse(text), null);
  });
}

Deno.test("a line of the family: never throws, and what it reads is within bounds", () => {
  const bytes = (text: string | null) =>
    new TextEncoder().encode(text ?? "").length;
  const part = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom('"', "\\", "\\x", " [", '] "', TIME, " ", "-", "GET /"),
  );
  const text = fc.array(part).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, text, text, (user, request, agent) => {
      parse(user);
      const record = parse(
        line({ user, request, rest: ` "-" "${agent}"` }),
      );
      if (record === null) return;
      assertEquals(bytes(record.path) <= 512, true);
      assertEquals(bytes(record.user_agent) <= 256, true);
      assertEquals(bytes(record.method) <= 16, true);
      assertEquals(JSON.stringify(record).isWellFormed(), true);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("a line of the family: whatever is in it, its time is no product of its length with itself", () => {
  // Longer than the limit of a line: a pattern that backtracks from each position would take longer
  // than any test run.
  const LONG = 262_144;
  const part = ['"', "\\", '\\"', "\\x", "\\x41", " [", "a@", " HTTP/1"];
  for (const [i, each] of part.entries()) {
    const text = each.repeat(LONG / each.length);
    const whole = [
      line({ user: text }),
      line({ request: text }),
      line({ request: `GET http://${text}` }),
      line({ rest: ` "http://${text}" "${text}"` }),
    ];
    assertEquals(parse(text), null, each);
    for (const one of whole) readClf(one);
    const record = parse(whole[i % whole.length]!);
    assert(record === null || record.ip_address === "203.0.113.9", each);
  }
});
