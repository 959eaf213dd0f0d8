import { assertEquals, assertThrows } from "@std/assert";
import { compileDefinition } from "../../lib/import/definition.ts";

/** The short form of a line's record by a definition. */
function read(definition: string, line: string): string | null {
  const entry = compileDefinition(definition).read(line);
  if (entry === null) return null;
  const { time, peer, forwarded, method, target, status, durationMs } = entry;
  return [
    time === null ? "-" : new Date(time).toISOString().slice(0, -1),
    forwarded === null ? peer : `${peer}<${forwarded}`,
    method,
    target,
    status,
    durationMs ?? "-",
    entry.userAgent ?? "-",
  ].join(" ");
}

const COMBINED =
  `192.0.2.10 - anna [17/May/2025:12:05:03 +0200] "GET /a?b HTTP/1.1" 200 5120 "https://r/" "a \\"b\\""`;
const MEANT = `2025-05-17T10:05:03.000 192.0.2.10 GET /a?b 200 - a "b"`;

const TABLE: [what: string, definition: string, line: string, meant: string][] =
  [
    [
      "nginx' directive over several lines",
      `log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                  '$status $body_bytes_sent "$http_referer" '
                  '"$http_user_agent"';`,
      COMBINED,
      MEANT,
    ],
    [
      "Apache's directive with its name behind",
      `LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined`,
      COMBINED,
      MEANT,
    ],
    [
      "a pattern out of Tomcat's XML",
      `%h %l %u %t &quot;%r&quot; %s %b &quot;%{Referer}i&quot; &quot;%{User-Agent}i&quot;`,
      COMBINED,
      MEANT,
    ],
    [
      "gunicorn's setting",
      `access_log_format = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'`,
      COMBINED,
      MEANT,
    ],
    [
      "nginx' JSON",
      `log_format j escape=json '{"t":"$time_iso8601","a":"$remote_addr","m":"$request_method",'
        '"u":"$request_uri","s":$status,"d":$request_time,"ua":"$http_user_agent"}';`,
      `{"t":"2025-05-17T12:05:03+02:00","a":"192.0.2.10","m":"GET","u":"/a?b","s":200,"d":0.012,"ua":"x\\"y"}`,
      `2025-05-17T10:05:03.000 192.0.2.10 GET /a?b 200 12 x"y`,
    ],
    [
      "bars between, the last field with one in it",
      "$msec|$remote_addr|$request_method|$uri|$args|$status|$request_time|$http_user_agent",
      "1747476303.127|192.0.2.10|GET|/a|b|200|0.012|curl | bash",
      "2025-05-17T10:05:03.127 192.0.2.10 GET /a?b 200 12 curl | bash",
    ],
    [
      "tabs between, written as nginx writes them",
      "$remote_addr\\t$time_local\\t$request\\t$status\\t$http_user_agent",
      "2001:db8::5\t17/May/2025:10:05:03 +0000\tGET /a b HTTP/1.1\t404\ta b",
      "2025-05-17T10:05:03.000 2001:db8::5 GET /a b 404 - a b",
    ],
    [
      "a request without quotes between blanks",
      "$remote_addr [$time_local] $request $status $http_user_agent",
      "192.0.2.10 [17/May/2025:10:05:03 +0000] GET /a?b HTTP/2.0 200 a b",
      "2025-05-17T10:05:03.000 192.0.2.10 GET /a?b 200 - a b",
    ],
    [
      "hops without quotes at the end",
      '$remote_addr [$time_local] "$request" $status "$upstream_addr" $http_x_forwarded_for',
      '10.0.0.1 [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 "10.0.0.5:80, 10.0.0.6:80" 203.0.113.5, 10.0.0.7',
      "2025-05-17T10:05:03.000 10.0.0.1<203.0.113.5, 10.0.0.7 GET / 200 - -",
    ],
    [
      "Apache's time in pieces, the zone last",
      '%h [%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t] "%r" %>s',
      '192.0.2.10 [17/May/2025:12:05:03.127 +0200] "GET /x HTTP/1.1" 200',
      "2025-05-17T10:05:03.127 192.0.2.10 GET /x 200 - -",
    ],
    [
      "a date here and a clock there",
      "%{%F}t %h %{%T}t %m %U%q %s %{ms}T",
      "2025-05-17 192.0.2.10 10:05:03 GET /x?a=b 404 12",
      "2025-05-17T10:05:03.000 192.0.2.10 GET /x?a=b 404 12 -",
    ],
    [
      "seconds since 1970 and thousandths of them",
      "%{sec}t.%{msec_frac}t %a %m %U %>s %D",
      "1747476303.127 192.0.2.10 GET /x 200 12345",
      "2025-05-17T10:05:03.127 192.0.2.10 GET /x 200 12.345 -",
    ],
    [
      "who connected beside the client, and hosts with ports",
      '%v:%p %a %{c}a %l %u %t "%r" %>s "%{User-agent}i"',
      'www.example.org:443 192.0.2.10 10.0.0.1 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 304 "x"',
      "2025-05-17T10:05:03.000 192.0.2.10 GET / 304 - x",
    ],
  ];

for (const [what, definition, line, meant] of TABLE) {
  Deno.test(`a definition: ${what}`, () => {
    assertEquals(read(definition, line), meant);
  });
}

Deno.test("a definition without a field for what a record needs is refused, naming it", () => {
  for (
    const [definition, missing] of [
      ["$remote_addr $status", "the time"],
      ["$time_local $remote_addr $status", "the request"],
      ["%t %h %r", "the status"],
      ["%t %r %s", "the client's address"],
    ] as const
  ) {
    assertThrows(() => compileDefinition(definition), SyntaxError, missing);
  }
});

Deno.test("a definition says where a line ceases to be as it says", () => {
  const { read, where } = compileDefinition('%h %l %u %t "%r" %>s %b');
  const line = '192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET /" 2x0 5';
  assertEquals(read(line), null);
  assertEquals(where(line), { at: 52, expected: "%>s" });
});

Deno.test("a line of nothing but what separates costs a definition no more than its length", () => {
  const { read } = compileDefinition(
    '$remote_addr $http_x_forwarded_for [$time_local] "$request" $status $upstream_addr $http_user_agent',
  );
  // Ten times the limit of a line: a pattern that backtracks from each position would take longer
  // than any test run.
  for (const part of [", ", "a ", '"', "[", "\\", "1.1.1.1, "]) {
    assertEquals(read(part.repeat(655_360 / part.length)), null, part);
  }
});
