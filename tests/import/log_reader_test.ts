import { assert, assertEquals, assertThrows } from "@std/assert";
import { createLogClient } from "../../lib/import/log_client.ts";
import { LogReader } from "../../lib/import/log_reader.ts";

const TIME = "17/May/2025:10:05:03 +0000";

function read(lines: string[], format?: string): LogReader {
  const reader = new LogReader({
    clientOf: createLogClient(),
    now: () => Date.UTC(2025, 5, 1),
    format,
  });
  reader.read(lines);
  reader.finish();
  return reader;
}

const REASONS: Record<string, [lines: string[], likely: string]> = {
  "lines without a time": [
    [
      "INFO:     Started server process [812]",
      'INFO:     192.0.2.10:51712 - "GET / HTTP/1.1" 200 OK',
    ],
    "have no time",
  ],
  "names in place of addresses": [
    [`host.example - - [${TIME}] "GET / HTTP/1.1" 200 1`],
    "HostnameLookups",
  ],
  "a server's error log": [
    ["2025/05/17 10:05:03 [error] 1#1: *1 open() failed"],
    "error log",
  ],
  "times that can not be": [
    [`192.0.2.10 - - [17/May/2099:10:05:03 +0000] "GET / HTTP/1.1" 200 1`],
    "clock",
  ],
};

for (const [name, [lines, likely]] of Object.entries(REASONS)) {
  Deno.test(`a file of ${name} is refused by saying so`, () => {
    const reader = read(lines);
    assertEquals(reader.counts.requests, 0);
    assert(
      reader.reason()?.likely?.includes(likely),
      reader.reason()?.likely ?? "",
    );
  });
}

Deno.test("a definition of nginx', of Apache's and of gunicorn's reads what it defines", () => {
  const cases: [format: string, line: string][] = [
    [
      '$host $remote_addr [$time_iso8601] "$request_method $request_uri" $status $request_time',
      'www.example.org 192.0.2.10 [2025-05-17T10:05:03+00:00] "GET /a?b" 200 0.012',
    ],
    [
      '%{%Y-%m-%dT%H:%M:%S%z}t %a \\"%m %U%q\\" %>s %D',
      '2025-05-17T10:05:03+0000 192.0.2.10 "GET /a?b" 200 12000',
    ],
    [
      '%(t)s %(h)s "%(r)s" %(s)s %(M)s',
      `[${TIME}] 192.0.2.10 "GET /a?b HTTP/1.1" 200 12`,
    ],
  ];
  for (const [format, line] of cases) {
    const { first, bad } = read([line], format);
    assertEquals(bad, []);
    const { timestamp, ip_address, path, status, duration_ms } =
      first[0]!.record;
    assertEquals(
      [timestamp, ip_address, path, status, duration_ms],
      [Date.UTC(2025, 4, 17, 10, 5, 3), "192.0.2.10", "/a", 200, 12],
    );
  }
});

Deno.test("what is neither a format's name nor a definition is refused", () => {
  for (const format of ["nonesuch", "$status", "%h %l"]) {
    assertThrows(() => read([], format), SyntaxError);
  }
});

Deno.test("a file that changes its format halfway is read to its end", () => {
  const clf = `192.0.2.10 - - [${TIME}] "GET / HTTP/1.1" 200 1`;
  const json =
    '{"time":"2025-05-17T10:05:03Z","remote_addr":"192.0.2.10","request":"GET / HTTP/1.1","status":200}';
  const reader = read([
    ...Array<string>(300).fill(clf),
    ...Array<string>(300).fill(json),
  ]);
  assertEquals(reader.counts.requests, 600);
  assertEquals(reader.counts.unparsable, 0);
});

const ODD: Record<string, [line: string, meant: string]> = {
  "ingress-nginx' older layout, the address twice": [
    `192.0.2.10 - [192.0.2.10] - anna [${TIME}] "GET / HTTP/1.1" 200 1 "-" "x" 1 0.012 [web] 10.0.0.1:80 1 0.012 200 id`,
    "192.0.2.10 GET / 200 12 anna",
  ],
  "Werkzeug's colours": [
    `192.0.2.10 - - [17/May/2025 10:05:03] "\x1b[33mGET /x?y HTTP/1.1\x1b[0m" 404 -`,
    "192.0.2.10 GET /x 404 null null",
  ],
  "Compose's colours": [
    `\x1b[36mweb-1  | \x1b[0m192.0.2.10 - - [${TIME}] "GET / HTTP/1.1" 200 1 "-" "x"`,
    "192.0.2.10 GET / 200 null null",
  ],
  "Hypercorn, which has no HTTP before the version": [
    `192.0.2.10:51712 - - [${TIME}] "GET /a 2" 200 150 "-" "x"`,
    "192.0.2.10 GET /a 200 null null",
  ],
  "gunicorn's logger around its access log": [
    `[2025-05-17 10:05:03 +0000] [12] [INFO] 192.0.2.10 - - [${TIME}] "GET / HTTP/1.1" 200 150 "-" "x"`,
    "192.0.2.10 GET / 200 null null",
  ],
  "a syslog line that says nothing of itself": [
    `<13>1 - - - - - - 10.0.0.2 - - [${TIME}] "GET / HTTP/1.1" 200 1 "-" "x" "192.0.2.10"`,
    "10.0.0.2 GET / 200 null null",
  ],
  "an interface behind a link-local address": [
    `fe80::1%eth0 - - [${TIME}] "GET / HTTP/1.1" 200 1 "-" "x"`,
    "fe80::1 GET / 200 null null",
  ],
  "whole seconds between begin and end, which are no duration": [
    `{"ClientIP":"192.0.2.10","ClientRequestMethod":"GET","ClientRequestURI":"/a","EdgeResponseStatus":200,"EdgeStartTimestamp":1747476303,"EdgeEndTimestamp":1747476304}`,
    "192.0.2.10 GET /a 200 null null",
  ],
  "Echo's, which counts nanoseconds and says so in words": [
    `{"time":"2025-05-17T10:05:03.1Z","remote_ip":"192.0.2.10","method":"GET","uri":"/a","status":200,"latency":12345678,"latency_human":"12.345678ms"}`,
    "192.0.2.10 GET /a 200 12.346 null",
  ],
};

for (const [what, [line, meant]] of Object.entries(ODD)) {
  Deno.test(`a line is read: ${what}`, () => {
    const [first] = read([line]).first;
    assert(first !== undefined, "nothing was read");
    const { record } = first;
    const { ip_address, method, path, status, duration_ms, username } = record;
    assertEquals(
      `${ip_address} ${method} ${path} ${status} ${duration_ms} ${username}`,
      meant,
    );
  });
}

Deno.test("a size in place of a status is none", () => {
  const line =
    `[${TIME}] 192.0.2.10 TLSv1.3 TLS_AES_256_GCM_SHA384 "GET /a HTTP/1.1" 512`;
  assertEquals(read([line]).counts.requests, 0);
});

Deno.test("what was no HTTP is a request without method and path in JSON, too", () => {
  const [first] = read([
    '{"msec":"1747476303.256","remote_addr":"192.0.2.10","request_method":"","request_uri":"","status":400}',
  ]).first;
  assertEquals([first!.record.method, first!.record.path], ["-", "-"]);
});

Deno.test("bytes that Apache escapes in a format of JSON are read", () => {
  const [first] = read([
    String
      .raw`{"time":"2025-05-17T10:05:03+0000","ip":"192.0.2.10","method":"GET","path":"/caf\xc3\xa9/\\x41","status":404,"user_agent":"\"q\" \xc3\xa9"}`,
  ]).first;
  assertEquals(first!.record.user_agent, '"q" é');
  assertEquals(first!.record.path, "/café/\\x41");
});

Deno.test("bytes that nginx escapes between labels are read", () => {
  const [first] = read([
    String
      .raw`time:17/May/2025:10:05:03 +0000	host:192.0.2.10	req:GET /caf\xC3\xA9 HTTP/1.1	status:200	ua:\x22q\x22 \xC3\xA9`,
  ]).first;
  assertEquals(first!.record.path, "/caf%C3%A9");
  assertEquals(first!.record.user_agent, '"q" é');
});

Deno.test("a reader reads on after a rest as before, and notices what time it is", () => {
  let now = Date.UTC(2025, 4, 17, 12);
  const reader = new LogReader({
    clientOf: createLogClient(),
    now: () => now,
    format: "combined",
  });
  const lines = (day: number) =>
    Array.from(
      { length: 20 },
      (_, n) =>
        `192.0.2.${n} - - [${day}/May/2025:10:05:03 +0000] "GET /${n} HTTP/1.1" 200 1 "-" "agent"`,
    );
  const before = reader.read(lines(17));
  reader.rest();
  assertEquals(reader.read(lines(17)), before);
  assertEquals(reader.counts.requests, 40);
  assertEquals(reader.read(lines(19)).filter((each) => each !== null), []);
  assertEquals(reader.counts.implausible, 20);
  now += 86_400_000;
  assertEquals(reader.read(lines(19)).filter((each) => each === null), []);
  assertEquals(reader.counts.requests, 60);
});
