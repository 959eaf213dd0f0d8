import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ByteTable } from "../../lib/import/byte_table.ts";
import { compileDefinition } from "../../lib/import/definition.ts";
import { createLogClient } from "../../lib/import/log_client.ts";
import {
  compileQuick,
  type QuickReader,
} from "../../lib/import/quick_reader.ts";
import { TimeReader } from "../../lib/import/scan.ts";
import { parseLogTime } from "../../lib/import/log_time.ts";
import { toRecord } from "../../lib/import/to_record.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";

const DEFINITIONS = {
  combined:
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
  vhost: '%v %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"',
  forwarded: '%h %l %u %t "%r" %>s %b "%{X-Forwarded-For}i" %D',
  bars: "$remote_addr|$time_iso8601|$request|$status|$host|$http_user_agent|",
};
const encoder = new TextEncoder();

function quickOf(definition: string): QuickReader {
  const { plan } = compileDefinition(definition);
  return compileQuick(plan!, createLogClient())!;
}

/** The definition's reading of a line, by its pattern. */
function plainly(definition: string, line: string): RequestRecord | null {
  const clientOf = createLogClient();
  const entry = compileDefinition(definition).read(line);
  if (entry === null || entry.time === null) return null;
  const ip = clientOf(entry);
  return ip === null ? null : toRecord({ ...entry, time: entry.time }, ip);
}

function quickly(read: QuickReader, line: string): RequestRecord | null {
  // Between others, like lines in a file.
  const bytes = encoder.encode(`x ${line}\n y`);
  return read(bytes, 2, bytes.length - 3);
}

const field = fc.oneof(
  fc.constantFrom(
    "-",
    "",
    " ",
    "a b",
    "192.0.2.7",
    "2001:DB8::1",
    "é",
    "\\x22",
  ),
  fc.constantFrom(
    "GET /a?b=1 HTTP/1.1",
    "POST /é HTTP/1.0",
    "\\x16\\x03",
    "GET",
  ),
  fc.constantFrom("200", "404", "099", "2000", "https://r.example/?q", "www.a"),
  fc.constantFrom("17/May/2025:10:05:03 +0200", "17/May/2025:10:61:03 +0000"),
  fc.constantFrom("2025-05-17T10:05:03+02:00", "12", "0.250", "a\tb", 'a"b'),
  fc.string({ maxLength: 6 }),
);

for (const [name, definition] of Object.entries(DEFINITIONS)) {
  Deno.test(`what is read quickly of ${name} is what the pattern reads`, () => {
    const read = quickOf(definition);
    const good = [
      ["192.0.2.7", "-", "-", "17/May/2025:10:05:03 +0200"],
      ["2001:db8::1", "-", "anna", "17/May/2025:10:59:59 +0200"],
    ];
    const made = fc.tuple(
      fc.constantFrom(...good),
      fc.array(field, { minLength: 12, maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 2 }),
    ).map(([front, odd, where]) => {
      const [peer, ident, user, time] = front as [
        string,
        string,
        string,
        string,
      ];
      const line = {
        combined: [peer, " - ", user, " [", time, '] "', "GET /a HTTP/1.1"]
          .concat('" ', "200", " 5 ", '"-" "', "agent", '"'),
        vhost: [
          "www.a ",
          peer,
          ` ${ident} `,
          user,
          ` [${time}] "`,
          "GET / HTTP/2",
        ]
          .concat('" ', "304", " 0 ", '"https://r/" "', "agent", '"'),
        forwarded: [peer, ` ${ident} `, user, ` [${time}] "`, "GET / HTTP/2"]
          .concat('" ', "304", " 0 ", '"', "-", '" ', "12000"),
        bars: [peer, "|", "2025-05-17T10:05:03Z", "|", "PUT /x HTTP/1.1", "|"]
          .concat("201", "|", "www.a:80", "|", "agent", "|"),
      }[name]!;
      for (const at of where) line[at % line.length] = odd[at]!;
      return line.join("");
    }).filter((line) => !/[\r\n]/.test(line));
    let quick = 0;
    fc.assert(
      fc.property(made, (line) => {
        const record = quickly(read, line);
        if (record === null) return;
        quick++;
        assertEquals(record, plainly(definition, line));
      }),
      { numRuns: 2_000 },
    );
    assert(quick > 400, `${quick} of 2,000`);
  });
}

Deno.test("an ordinary line of the combined format is read quickly, however often it comes", () => {
  const read = quickOf(DEFINITIONS.combined);
  const line = (n: number) =>
    `192.0.2.${n % 250} - - [17/May/2025:10:0${
      n % 9
    }:03 +0000] "GET /p/${n} HTTP/1.1" 200 5 "https://r/${n}" "agent ${n % 9}"`;
  for (let n = 0; n < 4_000; n++) {
    const record = quickly(read, line(n % 1_500));
    assertEquals(record, plainly(DEFINITIONS.combined, line(n % 1_500)));
    assert(record !== null);
  }
});

Deno.test("definitions with what takes more than a glance are not read quickly", () => {
  for (
    const definition of [
      '$http_x_forwarded_for - [$time_local] "$request" $status',
      '%h %t %m %U%q %>s "%{User-Agent}i"',
    ]
  ) {
    const { plan } = compileDefinition(definition);
    const quick = plan && compileQuick(plan, createLogClient());
    assertEquals(quick, null);
  }
});

Deno.test("times are read as one by one, whatever came before", () => {
  const two = fc.integer({ min: 0, max: 69 }).map((n) =>
    String(n).padStart(2, "0")
  );
  const time = fc.tuple(
    fc.constantFrom("17/May/2025", "18/May/2025", "30/Feb/2025", "17/may/2025"),
    fc.constantFrom(":", " "),
    fc.constantFrom("10", "11", "24"),
    two,
    two,
    fc.constantFrom("+0000", "-0130", "+9900", "0000+"),
  ).map(([day, between, hour, minute, second, zone]) =>
    `${day}${between}${hour}:${minute}:${second} ${zone}`
  );
  fc.assert(
    fc.property(fc.array(time, { maxLength: 20 }), (times) => {
      const reader = new TimeReader();
      for (const text of times) {
        const bytes = encoder.encode(`[${text}]`);
        assertEquals(
          reader.read(bytes, 1, bytes.length - 1),
          parseLogTime(text),
          text,
        );
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("ByteTable makes each text's once, and tells those apart that have one hash", () => {
  let made = 0;
  const table = new ByteTable((text) => {
    made++;
    return text;
  });
  const find = (text: string, hash: number) => {
    const bytes = encoder.encode(`<${text}>`);
    return table.find(bytes, 1, bytes.length - 1, hash);
  };
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 5_000; i++) {
      assertEquals(find(`text ${i}`, Math.imul(i, 0x9e3779b1)), `text ${i}`);
    }
  }
  assertEquals(made, 5_000);
  for (let i = 0; i < 100; i++) assertEquals(find(`same ${i}`, 7), `same ${i}`);
  // More entries than its capacity, and a text longer than it stores.
  for (let i = 0; i < 70_000; i++) assertEquals(find(`n${i}`, i), `n${i}`);
  const long = "x".repeat(5_000);
  assertEquals([find(long, 1), find(long, 1)], [long, long]);
});
