import { assert, assertEquals } from "@std/assert";
import { readerOf } from "./_formats.ts";

const ISO = "2025-05-17T10:05:03";
const AT = `at 2025-05-17 10:05:03 +0000`;
const RAILS = (what: string, tag = "8f3b", ms = 127) =>
  `I, [${ISO}.${ms}481 #812]  INFO -- : [${tag}] ${what}`;

/** Layouts of loggers and exports, and the records of their lines. */
const READ: Record<string, [lines: string[], meant: string[]]> = {
  "JSON over several lines, one object after the other": [
    [
      "{",
      `  "time": "${ISO}Z",`,
      '  "remote_addr": "192.0.2.10",',
      '  "request": "GET /a?b={\\"[ HTTP/1.1",',
      '  "status": 200, "nested": {',
      "  }",
      "}",
      `{ "time": "${ISO}Z", "remote_addr": "192.0.2.11",`,
      '  "request": "GET /b HTTP/1.1", "status": 404 }',
    ],
    ["192.0.2.10 GET /a 200 null", "192.0.2.11 GET /b 404 null"],
  ],
  "JSON over several lines, an array": [
    [
      "[",
      "  {",
      `    "timestamp": "${ISO}Z",`,
      '    "clientIp": "192.0.2.10", "method": "GET", "path": "/a",',
      '    "status": 200',
      "  },",
      `  {"timestamp": "${ISO}Z", "clientIp": "192.0.2.11", "method": "GET", "path": "/b", "status": 404}`,
      "]",
    ],
    ["192.0.2.10 GET /a 200 null", "192.0.2.11 GET /b 404 null"],
  ],
  "JSON, an array on one line": [
    [
      `[{"timestamp":"${ISO}Z","clientIp":"192.0.2.10","method":"GET","path":"/a","status":200},{"timestamp":"${ISO}Z","clientIp":"192.0.2.11","method":"GET","path":"/b","status":404}]`,
    ],
    ["192.0.2.10 GET /a 200 null", "192.0.2.11 GET /b 404 null"],
  ],
  "Bitbucket behind a proxy, with lines at requests' starts and of SSH": [
    [
      '192.0.2.10,10.0.0.5 | https | i@1F2A3BCx605x1235x0 | - | 2025-05-17 10:05:03,001 | "GET /scm/p/r.git HTTP/1.1" | "" "git/2.39.5" | - | - | - | refs | - | - |',
      '192.0.2.10,10.0.0.5 | https | o@1F2A3BCx605x1235x0 | - | 2025-05-17 10:05:03,127 | "GET /scm/p/r.git HTTP/1.1" | "" "git/2.39.5" | 401 | 0 | 410 | refs | 126 | - |',
      "192.0.2.12 | ssh | o@1F2A3BCx605x1236x0 | bob | 2025-05-17 10:05:04,127 | SSH - git-upload-pack '/p/r.git' | - | 0 | 0 | 410 | refs | 126 | - |",
      '192.0.2.11 | http | o1x8 | alice | 2025-05-17 10:05:03,227 | "POST /a|b HTTP/1.1" | "https://git.example.org/" "Mozilla/5.0" | 200 | 0 | 410 | - | 12 | 1k2j3h |',
    ],
    ["192.0.2.10 GET /scm/p/r.git 401 126", "192.0.2.11 POST /a|b 200 12"],
  ],
  "a Nest middleware's lines, and the same as JSON": [
    [
      "[Nest] 812  - 05/17/2025, 10:05:03 AM     LOG [HTTP] GET /a 200 512 - Mozilla/5.0 (X11; Linux x86_64) 192.0.2.10",
      '{"level":"log","pid":812,"timestamp":1747476303127,"message":"POST /b 401 undefined - curl/8.13.0 2001:db8::1","context":"HTTP"}',
    ],
    ["192.0.2.10 GET /a 200 null", "2001:db8::1 POST /b 401 null"],
  ],
  "Fly's own words around a line": [
    [
      `${ISO}Z app[148e21] fra [info] 192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 512 "-" "curl/8.13.0"`,
    ],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "the journal's export": [
    [
      "__CURSOR=s=abc;i=1",
      "__REALTIME_TIMESTAMP=1747476303127481",
      "_HOSTNAME=web1",
      'MESSAGE=192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 512 "-" "curl/8.13.0"',
    ],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "ASP.NET Core's W3C log, in milliseconds": [
    [
      "#Fields: date time c-ip s-computername cs-method cs-uri-stem sc-status time-taken",
      "2025-05-17 10:05:03 192.0.2.10 WEB1 GET /a 200 12.4031",
    ],
    ["192.0.2.10 GET /a 200 12.403"],
  ],
  "Google Cloud Storage's usage log": [
    [
      '"time_micros","c_ip","cs_method","cs_uri","sc_status","time_taken_micros","cs_user_agent"',
      '"1747476303127000","192.0.2.10","GET","/b/a","200","12000","curl/8.13.0"',
    ],
    ["192.0.2.10 GET /b/a 200 12"],
  ],
  "Rails, two requests at once that tags tell apart": [
    [
      RAILS(`Started GET "/a?b=1" for 192.0.2.10 ${AT}`, "aaaa"),
      RAILS(`Started GET "/b" for 192.0.2.11 ${AT}`, "bbbb"),
      RAILS("Processing by PagesController#a as HTML", "aaaa"),
      RAILS('  Parameters: {"b"=>"1"}', "aaaa"),
      RAILS("Completed 200 OK in 12ms (Views: 5.3ms)", "aaaa"),
      RAILS("Completed 401 Unauthorized in 31ms", "bbbb"),
    ],
    ["192.0.2.10 GET /a 200 12", "192.0.2.11 GET /b 401 31"],
  ],
  "Rails, a path that has no route": [
    [
      `Started GET "/wp-login.php" for 192.0.2.10 ${AT}`,
      'ActionController::RoutingError (No route matches [GET] "/wp-login.php"):',
      `Started GET "/" for 192.0.2.11 ${AT}`,
      "Completed 200 OK in 5ms",
    ],
    ["192.0.2.10 GET /wp-login.php 404 null", "192.0.2.11 GET / 200 5"],
  ],
  "Rails, a path that looks like a line's end": [
    [
      `Started GET "/" for 10.9.9.9 ${AT}" for 192.0.2.10 ${AT}`,
      "Completed 200 OK in 5ms",
    ],
    [`192.0.2.10 GET /" for 10.9.9.9 ${AT} 200 5`],
  ],
  "lograge behind Rails' logger": [
    [
      RAILS(
        "method=GET path=/a format=html controller=A action=b status=200 duration=12.34 ip=192.0.2.10",
      ),
    ],
    ["192.0.2.10 GET /a 200 12.34"],
  ],
  "Phoenix with a day and an address": [
    [
      `${
        ISO.replace("T", " ")
      }.127 request_id=F0 remote_ip=192.0.2.10 [info] GET /a`,
      `${
        ISO.replace("T", " ")
      }.139 request_id=F0 remote_ip=192.0.2.10 [info] Sent 404 in 345µs`,
    ],
    ["192.0.2.10 GET /a 404 0.345"],
  ],
  "Fastify's two objects a request": [
    [
      '{"level":30,"time":1747476303000,"reqId":"req-1","req":{"method":"GET","url":"/a","remoteAddress":"192.0.2.10"},"msg":"incoming request"}',
      '{"level":30,"time":1747476303001,"reqId":"req-2","req":{"method":"POST","url":"/b","remoteAddress":"192.0.2.11"},"msg":"incoming request"}',
      '{"level":30,"time":1747476303002,"reqId":"req-1","msg":"something"}',
      '{"level":30,"time":1747476303009,"reqId":"req-2","res":{"statusCode":401},"responseTime":8.5,"msg":"request completed"}',
      '{"level":30,"time":1747476303012,"reqId":"req-1","res":{"statusCode":200},"responseTime":12,"msg":"request completed"}',
    ],
    ["192.0.2.11 POST /b 401 8.5", "192.0.2.10 GET /a 200 12"],
  ],
  "Fiber with a date": [
    [`2025/05/17 10:05:03 | 200 |   12.3ms | 192.0.2.10 | GET | /a | -`],
    ["192.0.2.10 GET /a 200 12.3"],
  ],
  "Tornado's short date": [
    ["[W 250517 10:05:03 web:2271] 404 GET /a (192.0.2.10) 0.52ms"],
    ["192.0.2.10 GET /a 404 0.52"],
  ],
  "JupyterHub's redirects": [
    [
      "[I 2025-05-17 10:05:03.000 JupyterHub log:191] 302 GET /hub/ -> /hub/login (@192.0.2.10) 1.05ms",
    ],
    ["192.0.2.10 GET /hub/ 302 1.05"],
  ],
  "Sanic": [
    [
      "2025-05-17 10:05:03 +0000 - (sanic.access)[INFO][192.0.2.10:41822]: GET http://localhost:8000/a  200 512",
    ],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "Play": [
    [
      "2025-05-17 10:05:03,000 [INFO] from access in main - 192.0.2.10 GET /a took 12ms and returned 200",
    ],
    ["192.0.2.10 GET /a 200 12"],
  ],
  "Plex, whose begun requests have no status": [
    [
      "May 17, 2025 10:05:03.000 [1403] DEBUG - Completed: [192.0.2.10:41822] 200 GET /a (5 live) #1a TLS GZIP 12ms 512 bytes",
    ],
    ["192.0.2.10 GET /a 200 12"],
  ],
  "cells between commas without names": [
    ["192.0.2.10,-,-,17/May/2025:10:05:03 +0000,GET,/a,HTTP/1.1,200,512,x"],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "cells between bars": [
    [`${ISO}.000Z|c1b2|192.0.2.10|ada|GET|/a|200|-1|0|12|JFrog/1.0`],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "what a cache did, and a size before the method": [
    [
      '1747476303 1 192.0.2.10 41822 10.0.0.1 80 TCP_HIT/200 512 GET http://www.example.org/a - 0 486 "-" "x"',
    ],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "zap on a console": [
    [
      `${ISO}.000Z\tINFO\ta/b.go:42\trequest\t{"method": "GET", "path": "/a", "status": 200, "latency": "12.3ms", "client_ip": "192.0.2.10"}`,
    ],
    ["192.0.2.10 GET /a 200 12.3"],
  ],
  "Monolog": [
    [
      '[2025-05-17 10:05:03] production.INFO: request {"method":"GET","path":"/a","status":200,"ip":"192.0.2.10","duration_ms":12} []',
    ],
    ["192.0.2.10 GET /a 200 12"],
  ],
  "zerolog on a console, whose durations have no unit": [
    [
      `${ISO}Z INF request duration=12.345 ip=192.0.2.10 method=GET size=512 status=200 url=/a`,
    ],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "slog's default": [
    [
      "2025/05/17 10:05:03 INFO request method=GET path=/a status=200 remote_addr=192.0.2.10:41822 duration=12.345ms",
    ],
    ["192.0.2.10 GET /a 200 12.345"],
  ],
  "elements of XML": [
    [
      '<request id="x"> <ip>192.0.2.10</ip> <requestTime>17/May/2025:10:05:03 +0000</requestTime> <httpMethod>GET</httpMethod> <resourcePath>/a</resourcePath> <status>200</status> </request>',
    ],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "a table with tabs, as Zeek has it": [
    [
      "#separator \\x09",
      "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tmethod\thost\turi\tuser_agent\tstatus_code",
      "#types\ttime\tstring\taddr\tport\taddr\tstring\tstring\tstring\tstring\tcount",
      "1747476303.000481\tCHh\t192.0.2.10\t41822\t10.0.0.1\tGET\twww.example.org\t/a\tcurl\t200",
    ],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "a table of a query's, cells in quotes": [
    [
      '"time","client_ip","elb_status_code","request_verb","request_url","user_agent"',
      `"${ISO}Z","192.0.2.10","200","GET","https://www.example.org:443/a?b=1","a, ""b"""`,
    ],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "OpenLiteSpeed, a quote around the whole": [
    [
      '"192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 512 "-" "curl/8.13.0""',
    ],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "Fastly's default, no quotes around the request": [
    ['192.0.2.10 "-" "-" Sat, 17 May 2025 10:05:03 GMT GET /a 200'],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "a zone by its name": [
    ['192.0.2.10 - - [17/May/2025:12:05:03 CEST] "GET /a HTTP/1.1" 200 512'],
    ["192.0.2.10 GET /a 200 null"],
  ],
  "Apache's D=, in microseconds": [
    [
      '192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 512 "-" "x" D=12345',
    ],
    ["192.0.2.10 GET /a 200 12.345"],
  ],
  "Red Hat's seconds and microseconds between stars": [
    [
      '192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 512 "-" "x" **0/12345**',
    ],
    ["192.0.2.10 GET /a 200 12.345"],
  ],
  "APISIX, whose own time stands before the upstream's": [
    [
      '192.0.2.10 - - [17/May/2025:10:05:03 +0000] www.example.org:9080 "GET /a HTTP/1.1" 200 512 0.012 "-" "x" 10.0.0.9:80 200 0.011 "http://www.example.org:9080"',
    ],
    ["192.0.2.10 GET /a 200 12"],
  ],
};

for (const [name, [lines, meant]] of Object.entries(READ)) {
  Deno.test(`a layout is read: ${name}`, () => {
    const reader = readerOf();
    const records = [...reader.read(lines), ...reader.finish()];
    assertEquals(
      records.filter((record) => record !== null).map((record) => {
        const { ip_address, method, path, status, duration_ms } = record;
        assertEquals(
          new Date(record.timestamp).toISOString().slice(0, 19),
          ISO,
        );
        return `${ip_address} ${method} ${path} ${status} ${duration_ms}`;
      }),
      meant,
    );
    assertEquals(reader.bad, []);
  });
}

/** Lines that cannot be imported, and the messages. */
const REFUSED: Record<string, [lines: string[], likely: RegExp]> = {
  "AWS' network load balancer": [
    [
      "tls 2.0 2025-05-17T10:05:03 net/my-nlb/c6e77e28 g3d4b5e8 192.0.2.10:51341 10.0.0.1:443 5 2 98 246 - arn:aws:acm:x - ECDHE-RSA-AES128-SHA tlsv12 - my-nlb.elb.amazonaws.com - - - 2025-05-17T10:05:03",
    ],
    /network load balancer.*not requests/,
  ],
  "AWS WAF": [
    [
      '{"timestamp":1747476303127,"formatVersion":1,"webaclId":"arn:x","action":"BLOCK","httpRequest":{"clientIp":"192.0.2.10","uri":"/a","httpMethod":"GET"}}',
    ],
    /WAF.*status/,
  ],
  "HAProxy's TCP log": [
    [
      "192.0.2.10:40000 [17/May/2025:10:05:03.127] fe be/srv 0/0/5007 212 -- 0/0/0/0/3 0/0",
    ],
    /TCP log.*httplog/,
  ],
  "morgan's dev": [["GET /a 200 12.345 ms - 512"], /no time and no address/],
  "morgan's tiny": [["GET /a 200 512 - 12.345 ms"], /no time and no address/],
  "morgan's short": [
    ["::ffff:192.0.2.10 - GET /a HTTP/1.1 200 512 - 12.345 ms"],
    /no time/,
  ],
  "Hono's logger": [["<-- GET /a", "--> GET /a 200 12ms"], /no time/],
  "Fiber's default": [
    ["10:05:03 | 200 |   12.345ms | 192.0.2.10 | GET | /a | -"],
    /without a date/,
  ],
  "Phoenix' default": [
    [
      "10:05:03.127 request_id=F0T1 [info] GET /posts",
      "10:05:03.139 request_id=F0T1 [info] Sent 200 in 12ms",
    ],
    /no time and no address/,
  ],
  "Vaultwarden's log": [
    [
      "[2025-05-17 10:05:03.139][response][INFO] (login) POST /identity/connect/token => 200 OK",
    ],
    /no address/,
  ],
  "pino-pretty": [
    [
      "[2025-05-17 10:05:03.127 +0000] INFO (812 on web1): request completed",
      "    responseTime: 12",
    ],
    /pino-pretty/,
  ],
  "JSON over several lines without a request": [
    ["[", "  {", '    "a": 1', "  }"],
    /^$/,
  ],
};

for (const [name, [lines, likely]] of Object.entries(REFUSED)) {
  Deno.test(`a log is refused by saying why: ${name}`, () => {
    const reader = readerOf();
    reader.read(lines);
    reader.finish();
    assertEquals(reader.counts.requests, 0);
    const why = reader.reason()?.likely ?? "";
    assert(likely.test(why), why);
  });
}

Deno.test("nothing that a visitor sends passes for the client's address or the status", () => {
  const hostile = [
    '2025-05-17 10:05:03 192.0.2.10 GET /10.9.9.9/status=599 404 "status=200 10.9.9.9"',
    "192.0.2.10 2025-05-17T10:05:03Z GET /?a=2001:db8::1|200|POST 404 512",
    "2025/05/17 10:05:03 | 404 | 1.1ms | 192.0.2.10 | GET | /200|10.9.9.9|x | -",
  ];
  for (const line of hostile) {
    const reader = readerOf();
    const [record] = reader.read([line]).concat(reader.finish());
    assertEquals([record?.ip_address, record?.status], ["192.0.2.10", 404]);
  }
});

Deno.test("a 12-hour clock is read with its half of the day", () => {
  const times: Record<string, string> = {
    "5/17/2025 10:05:03 PM": "2025-05-17T22:05:03.000Z",
    "05/17/2025 12:05:03 AM": "2025-05-17T00:05:03.000Z",
    "05/17/2025, 12:05:03 PM": "2025-05-17T12:05:03.000Z",
    "17/05/2025, 10:05:03 pm": "2025-05-17T22:05:03.000Z",
    "2025-05-17 01:05:03.127 PM": "2025-05-17T13:05:03.127Z",
    "17/May/2025:10:05:03 PM +0200": "2025-05-17T20:05:03.000Z",
  };
  for (const [time, meant] of Object.entries(times)) {
    const lines = [
      `${time}|192.0.2.10|GET|/a|200`,
      `192.0.2.10 - - [${time}] "GET /a HTTP/1.1" 200 512`,
    ];
    for (const line of lines) {
      const reader = readerOf();
      const [record] = reader.read([line]).concat(reader.finish());
      assertEquals(
        record && new Date(record.timestamp).toISOString(),
        meant,
        line,
      );
    }
  }
  for (const wrong of ["5/17/2025 13:05:03 PM", "2/30/2025 10:05:03 AM"]) {
    const reader = readerOf();
    reader.read([`${wrong}|192.0.2.10|GET|/a|200`]);
    reader.finish();
    assertEquals(reader.counts.requests, 0, wrong);
  }
});
