import { assertEquals } from "@std/assert";
import { isJoinedJson, JoinedJson } from "../../lib/import/joined_json.ts";
import { readerOf } from "./_formats.ts";

const ISO = "2025-05-17T10:05:03";
const CLF = "17/May/2025:10:05:03 +0000";
const NEST = "[Nest] 812  - 05/17/2025, 10:05:03 AM     LOG [HTTP] ";
const ITEM = (ip: string) =>
  `{"time":"${ISO}Z","clientIp":"${ip}","method":"GET","path":"/a","status":200}`;

/**
 * Lines, and what they mean: address, method, path, status, duration, then user agent, referrer,
 * user and host as far as given.
 */
const READ: Record<string, [line: string, meant: string[]]> = {
  "a 12-hour clock after an ISO date, then blanks": [
    `2025-05-17 10:05:03 AM      INFO  192.0.2.10 "GET /a HTTP/1.1" 200`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "Nest, a duration and dashes": [
    `${NEST}[GET] /a - 200 - 12ms - Mozilla/5.0 (X11) 192.0.2.10`,
    ["192.0.2.10 GET /a 200 12|Mozilla/5.0 (X11)"],
  ],
  "Nest, a duration behind": [
    `${NEST}GET /a 200 - Mozilla/5.0 (X11) ::ffff:192.0.2.10 +12ms`,
    ["192.0.2.10 GET /a 200 null|Mozilla/5.0 (X11)"],
  ],
  "Nest, the address first": [
    `${NEST}GET /a 200 512 - 192.0.2.10 - Mozilla/5.0 (X11)`,
    ["192.0.2.10 GET /a 200 null|Mozilla/5.0 (X11)"],
  ],
  "Confluence": [
    `[${CLF}] alice http-nio-8090-exec-7 192.0.2.10 GET /a?b=c HTTP/1.1 200 12ms 512 https://wiki.example.org/ Mozilla/5.0 (X11)`,
    [
      "192.0.2.10 GET /a 200 12|Mozilla/5.0 (X11)|https://wiki.example.org/|alice",
    ],
  ],
  "Confluence with the thread's path, no size": [
    `[${CLF}] - http-nio-8090-exec-7 /a 192.0.2.10 GET /a HTTP/1.1 302 12ms - - curl/8`,
    ["192.0.2.10 GET /a 302 12|curl/8|-|-"],
  ],
  "Tomcat without quotes around the request, a blank before its query": [
    `192.0.2.10 - alice [${CLF}] GET /a ?b=c HTTP/1.1 200 512 "Mozilla/5.0 (X11)" "https://e.org/"`,
    ["192.0.2.10 GET /a 200 null|Mozilla/5.0 (X11)|https://e.org/|alice"],
  ],
  "seconds in a host's line without quotes around the request": [
    `www.example.org 192.0.2.10 [${CLF}] GET "/a?b=c" HTTP/2.0 200 "https://e.org/" "Mozilla/5.0" 203.0.113.5 "/index.php" - - 512 0.012 0.010`,
    ["192.0.2.10 GET /a 200 12|Mozilla/5.0|https://e.org/|-|www.example.org"],
  ],
  "a unit behind its number": [
    `192.0.2.10 - - [${CLF}] "GET /a HTTP/1.1" 304 - "-" "curl/8" - 12.345 ms`,
    ["192.0.2.10 GET /a 304 12.345|curl/8"],
  ],
  "cPanel's port is no duration": [
    `192.0.2.10 - alice [05/17/2025:10:05:03 -0000] "GET /x HTTP/1.1" 200 0 "-" "curl/8" "s" "-" 2083`,
    ["192.0.2.10 GET /x 200 null|curl/8|-|alice"],
  ],
  "the site's name in quotes before the referrer": [
    `192.0.2.10 - - [${CLF}] "GET /a HTTP/1.1" 200 512 "www.example.org" "-" "curl/8" "-"`,
    ["192.0.2.10 GET /a 200 null|curl/8|-|-|www.example.org"],
  ],
  "a referrer that is only a name stays one": [
    `192.0.2.10 - - [${CLF}] "GET /a HTTP/1.1" 200 512 "www.example.org" "curl/8" "-"`,
    ["192.0.2.10 GET /a 200 null|curl/8"],
  ],
  "PHP's process manager, in milliseconds": [
    `192.0.2.10 - - ${CLF} "GET /index.php?a=b" 200 /srv/x.php 12.345 2048 81.03%`,
    ["192.0.2.10 GET /index.php 200 12.345"],
  ],
  "Odoo: two parts of a duration": [
    `2025-05-17 10:05:03,127 812 INFO db1 werkzeug: 192.0.2.10 - - [17/May/2025 10:05:03] "GET /web HTTP/1.1" 200 - 12 0.010 0.020`,
    ["192.0.2.10 GET /web 200 30"],
  ],
  "Netty's, with Logback's prefix": [
    `2025-05-17 10:05:03.127 [INFO ] [reactor-http-2] a.b.AccessLog - 192.0.2.10 - - [${CLF}] "GET /a HTTP/1.1" 200 512 8080 12 ms`,
    ["192.0.2.10 GET /a 200 12"],
  ],
  "a logger's prefix without a date": [
    `10:05:03.127 [default-1-2] INFO  ACCESS - 192.0.2.10 - - [${CLF}] "GET /a HTTP/1.1" 200 512`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "a severity in syslog's prefix": [
    `May 17 10:05:03 lb info tmm[812]: 192.0.2.10 - - [${CLF}] "GET /a HTTP/1.1" 200 512`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "Rust's logger with a request in quotes": [
    `${ISO}.127Z  INFO actix_web::middleware::logger: 192.0.2.10 "GET /a HTTP/1.1" 200 512 "-" "curl/8" 0.012345`,
    ["192.0.2.10 GET /a 200 12.345|curl/8"],
  ],
  "tracing's span and event": [
    `${ISO}.127481Z  INFO request{method=GET uri=/a?}:b{client_ip=10.9.9.9 version=HTTP/1.1 client_ip=192.0.2.10}: tower_http::trace::on_response: finished processing request latency=12 ms status=200`,
    ["192.0.2.10 GET /a 200 12"],
  ],
  "Gin's example": [
    `192.0.2.10 - [Sat, 17 May 2025 10:05:03 UTC] "GET /a HTTP/1.1 200 122.767µs "curl/8" "`,
    ["192.0.2.10 GET /a 200 0.123|curl/8"],
  ],
  "bars around nginx' request": [
    `192.0.2.10|-|${CLF}|GET /a HTTP/1.1|200|512|-|curl/8|0.012`,
    ["192.0.2.10 GET /a 200 12|curl/8|-"],
  ],
  "bars: status, then a size that looks like one, and an upstream's time": [
    `${CLF}|v1|192.0.2.10|www.example.org|200|512|127.0.0.1:6788|0.010|0.012|GET /a HTTP/1.1`,
    ["192.0.2.10 GET /a 200 12"],
  ],
  "tabs with a referrer and an agent": [
    `${ISO}Z\t192.0.2.10\tGET\t/a\t200\t512\thttps://e.org/\tcurl/8`,
    ["192.0.2.10 GET /a 200 null|curl/8|https://e.org/"],
  ],
  "Rails' parameters behind the pairs": [
    `method=GET path=/a controller=A action=b status=200 duration=12.34 time=${ISO} remote_ip=192.0.2.10 params={"a"=>"b c"}`,
    ["192.0.2.10 GET /a 200 12.34"],
  ],
  "Render without a blank": [
    `${ISO}.127Z [GET]200 www.example.org/a clientIP="192.0.2.10" requestID="x" responseTimeMS=12`,
    ["192.0.2.10 GET /a 200 12"],
  ],
  "JSON: names with dots, a URL, nanoseconds": [
    `{"time":"${ISO}Z","http.request.method":"GET","url.full":"http://e.org/a","http.response.status_code":200,"client.ip":"192.0.2.10:41822","event.duration":12345000,"user_agent.original":"curl/8"}`,
    ["192.0.2.10 GET /a 200 12.345|curl/8"],
  ],
  "JSON: a method in small letters, the request's host": [
    `{"time":1747476303127,"hostname":"web1.example.net","req":{"method":"get","url":"/a","headers":{"host":"e.org"},"remoteAddress":"192.0.2.10"},"res":{"statusCode":200},"responseTime":12}`,
    ["192.0.2.10 GET /a 200 12|-|-|-|e.org"],
  ],
  "JSON: a host beside the request": [
    `{"time":"${ISO}Z","remote_ip":"192.0.2.10","host":"www.example.org","method":"GET","uri":"/a","status":200,"latency_human":"12.345ms"}`,
    ["192.0.2.10 GET /a 200 12.345|-|-|-|www.example.org"],
  ],
  "JSON: the machine that wrote the log is no host": [
    `{"timestamp":"${ISO}Z","host":"web1.example.net","message":"x","clientip":"192.0.2.10","verb":"GET","request":"/a","response":"200"}`,
    ["192.0.2.10 GET /a 200 null|-|-|-|-"],
  ],
  "JSON: hops in the field for one address": [
    `{"time":"${ISO}Z","duration_s":0.012,"status":200,"method":"GET","path":"/a","remote_ip":"192.0.2.10, 10.0.0.1","ua":"curl/8"}`,
    ["192.0.2.10 GET /a 200 12|curl/8"],
  ],
  "JSON: the real address beside a proxy's": [
    `{"time":"${CLF}","real_ip":"192.0.2.10","remote_addr":"10.0.0.1","request":"GET /a HTTP/1.1","status":200,"request_time":0.012}`,
    ["192.0.2.10 GET /a 200 12"],
  ],
  "JSON: a whole latency of several": [
    `{"method":"GET","path":"/a","response_code":200,"timestamp":"${ISO}Z","request_time":12,"latency":{"total":12,"upstream":11},"ip_address":"192.0.2.10"}`,
    ["192.0.2.10 GET /a 200 12"],
  ],
  "JSON: API Gateway's latency": [
    `{"ip":"192.0.2.10","requestTime":"${CLF}","httpMethod":"GET","path":"/a","status":"200","responseLatency":"12"}`,
    ["192.0.2.10 GET /a 200 12"],
  ],
  "JSON: VPC Lattice": [
    `{"eventTimestamp":"${ISO}.127Z","requestMethod":"GET","requestPath":"/a","responseCode":200,"sourceIpPort":"192.0.2.10:41822","duration":12}`,
    ["192.0.2.10 GET /a 200 12"],
  ],
  "JSON: Datadog's attributes": [
    `{"http":{"url":"http://e.org/a","status_code":200,"method":"GET"},"network":{"client":{"ip":"192.0.2.10"}},"duration":12345678,"timestamp":"${ISO}Z"}`,
    ["192.0.2.10 GET /a 200 12.346"],
  ],
  "JSON: a web application firewall that says its answer": [
    `{"timestamp":1747476303127,"webaclId":"arn:x","action":"BLOCK","responseCodeSent":403,"httpRequest":{"clientIp":"192.0.2.10","uri":"/a","httpMethod":"GET"}}`,
    ["192.0.2.10 GET /a 403 null"],
  ],
  "Akamai, its fields percent-encoded": [
    `{"version":1,"reqTimeSec":"1747476303.127","cliIP":"192.0.2.10","statusCode":"200","reqMethod":"GET","reqPath":"/a","queryStr":"b=c","UA":"Mozilla%2F5.0+%28X11%29"}`,
    ["192.0.2.10 GET /a 200 null|Mozilla/5.0 (X11)"],
  ],
  "Splunk's object around a line": [
    `{"preview":false,"result":{"_raw":"192.0.2.10 - - [${CLF}] \\"GET /a HTTP/1.1\\" 200 512"}}`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "a table with the servers' own lines": [
    `"timestamp","source","message"\n"${ISO}.127Z","web1","192.0.2.10 - - [${CLF}] ""GET /a HTTP/1.1"" 200 512 ""-"" ""curl/8"""`,
    ["192.0.2.10 GET /a 200 null|curl/8"],
  ],
  "a list of records on one line, twice": [
    `{"Records":[${ITEM("192.0.2.10")}]}\n{"Records":[${ITEM("192.0.2.11")},${
      ITEM("192.0.2.12")
    }]}`,
    ["10", "11", "12"].map((end) => `192.0.2.${end} GET /a 200 null`),
  ],
  "a list of records over several lines": [
    `{\n  "records":\n  [\n    ${ITEM("192.0.2.10")},\n    {"x": {},\n     ${
      ITEM("192.0.2.11").slice(1)
    }\n  ],\n  "meta": {"n": 2}\n}`,
    ["10", "11"].map((end) => `192.0.2.${end} GET /a 200 null`),
  ],
  "Fluent Bit's console, with a line": [
    `[0] nginx: [[1747476303.127000000, {}], {"log"=>"192.0.2.10 - - [${CLF}] \\"GET /a HTTP/1.1\\" 200 512", "stream"=>"stdout", "k"=>{"n"=>nil}}]`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "an older Fluent Bit's console, quotes as they are": [
    `[0] nginx: [1747476303.127000000, {"log"=>"192.0.2.10 - - [${CLF}] "GET /a HTTP/1.1" 200 512"}]`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "Fluent Bit's console, with fields": [
    `[12] nginx.access: [[1747476303.127000000, {}], {"remote"=>"192.0.2.10", "method"=>"GET", "path"=>"/a?x=>{", "code"=>"200", "agent"=>"a \\" => b"}]`,
    [`192.0.2.10 GET /a 200 null|a " => b`],
  ],
  "a hash of Ruby": [
    `{:time=>"${ISO}Z", :ip=>"192.0.2.10", :method=>"GET", :path=>"/a", :status=>200, :user=>nil}`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "Logstash's console": [
    `{\n       "message" => "192.0.2.10 - - [${CLF}] \\"GET /a HTTP/1.1\\" 200 512",\n    "@timestamp" => ${ISO}.127Z,\n          "host" => "web1"\n}`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "Fluentd's files": [
    `${ISO}+00:00\tnginx.access\t{"message":"192.0.2.10 - - [${CLF}] \\"GET /a HTTP/1.1\\" 200 512"}`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "CloudWatch's events": [
    `{\n    "events": [\n        {\n            "timestamp": 1747476309127,\n            "message": "192.0.2.10 - - [${CLF}] \\"GET /a HTTP/1.1\\" 200 512"\n        }\n    ],\n    "nextToken": "x"\n}`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "a firewall's zone in a field of its own": [
    `date=2025-05-17 time=12:05:03 devname="x" tz="+0200" type="utm" srcip=192.0.2.10 httpmethod="GET" url="https://e.org/a" statuscode="200"`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "a firewall's zone by its name, a duration without a unit": [
    `device="SFW" date=2025-05-17 time=12:05:03 timezone="CEST" log_component="Web Application Firewall" sourceip=192.0.2.10 url=/a method=GET httpstatus=403 useragent="curl/8" host=192.0.2.10 responsetime=12345`,
    ["192.0.2.10 GET /a 403 null|curl/8"],
  ],
  "FortiWeb's zone with its place": [
    `date=2025-05-17 time=12:05:03 timezone="(GMT+2:00)Berlin" type=traffic status=success src=192.0.2.10 http_method=get http_url="/a" http_host="www.example.org" http_agent="curl/8" http_retcode=200`,
    ["192.0.2.10 GET /a 200 null|curl/8|-|-|www.example.org"],
  ],
  "Sophos UTM": [
    `2025:05:17-10:05:03 utm reverseproxy: id="0299" srcip="192.0.2.10" method="GET" statuscode="200" time="12345" url="/a" server="www.example.org" referer="https://e.org/"`,
    ["192.0.2.10 GET /a 200 null|-|https://e.org/"],
  ],
  "F5's pairs with commas only": [
    `unit="bigip",response_code="403",ip_client="192.0.2.10",route_domain="0",method="GET",uri="/a",date_time="2025-05-17 10:05:03"`,
    ["192.0.2.10 GET /a 403 null|-|-|-|-"],
  ],
  "labels between blanks": [
    `time:${CLF} host:192.0.2.10 method:GET uri:/a status:200 size:512 ua:Mozilla/5.0 (X11; rv:138.0) reqtime:0.012`,
    ["192.0.2.10 GET /a 200 12|Mozilla/5.0 (X11; rv:138.0)"],
  ],
  "labels between blanks, values in quotes": [
    `time:[${CLF}] remote_addr:192.0.2.10 request:"GET /a HTTP/1.1" status:200 http_user_agent:"a status:500 b"`,
    ["192.0.2.10 GET /a 200 null|a status:500 b"],
  ],
  "whole numbers as a request's time have no known unit": [
    `{"timestamp":"${ISO}Z","ip_address":"192.0.2.10","method":"GET","path":"/a","response_code":200,"request_time":12}`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "small whole numbers at the end are no microseconds": [
    [12, 0, 153].map((n) =>
      `192.0.2.10 - - [${CLF}] "GET /a HTTP/1.1" 200 512 "-" "curl/8" ${n}`
    ).join("\n"),
    Array(3).fill("192.0.2.10 GET /a 200 null"),
  ],
  "large ones are": [
    [312, 98, 12345].map((n) =>
      `192.0.2.10 - - [${CLF}] "GET /a HTTP/1.1" 200 512 "-" "curl/8" ${n}`
    ).join("\n"),
    ["0.312", "0.098", "12.345"].map((ms) => `192.0.2.10 GET /a 200 ${ms}`),
  ],
  "a search engine's answer": [
    `{\n  "took": 3,\n  "hits": {\n    "total": { "value": 1 },\n    "hits": [\n      { "_index": "x",\n        "_source": ${
      ITEM("192.0.2.10")
    } }\n    ]\n  }\n}`,
    ["192.0.2.10 GET /a 200 null"],
  ],
  "a collector's lists in lists": [
    `{"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1747476303127000000","body":{"stringValue":"192.0.2.10 - - [${CLF}] \\"GET /a HTTP/1.1\\" 200 512"}}]}]}]}`,
    ["192.0.2.10 GET /a 200 null"],
  ],
};

for (const [name, [text, meant]] of Object.entries(READ)) {
  Deno.test(`a layout found elsewhere is read: ${name}`, () => {
    const reader = readerOf();
    const records = [...reader.read(text.split("\n")), ...reader.finish()];
    const said = records.filter((record) => record !== null).map((record) => {
      assertEquals(
        new Date(record.timestamp).toISOString().slice(0, 19),
        ISO,
      );
      const { ip_address, method, path, status, duration_ms } = record;
      return [
        `${ip_address} ${method} ${path} ${status} ${duration_ms}`,
        ...[record.user_agent, record.referrer, record.username, record.host]
          .map((value) => value ?? "-"),
      ];
    });
    assertEquals(
      said.map((fields, i) =>
        fields.slice(0, meant[i]?.split("|").length).join("|")
      ),
      meant,
    );
    assertEquals(reader.bad, []);
  });
}

Deno.test("a query in a field of its own is judged with its request", () => {
  for (
    const line of [
      `{"time":"${ISO}Z","clientIp":"192.0.2.10","method":"GET","path":"/a","query":"id=1%27%20union%20select%20password%20from%20users--","status":200}`,
      `{"version":1,"reqTimeSec":"1747476303.127","cliIP":"192.0.2.10","statusCode":"200","reqMethod":"GET","reqPath":"/a","queryStr":"id=1%27%20union%20select%20password%20from%20users--"}`,
    ]
  ) {
    const reader = readerOf();
    const [record] = [...reader.read([line]), ...reader.finish()];
    assertEquals(record?.path, "/a");
    assertEquals(record!.signals > 0, true, line);
  }
});

Deno.test("a visitor's list within a request hides and makes no records", () => {
  const forged = `"params": {"records": [${ITEM("203.0.113.9")}], "hits": [${
    ITEM("203.0.113.9")
  }]}`;
  const lines = [
    `{ "records": [`,
    `${ITEM("192.0.2.10").slice(0, -1)}, ${forged}},`,
    `${ITEM("192.0.2.11").slice(0, -1)}, ${
      forged.replace(
        '"params"',
        '"hits"',
      )
    }}`,
    `]}`,
    `{`,
    `${forged},`,
    ITEM("192.0.2.12").slice(1),
  ];
  const objects = new JoinedJson().take(lines).map((text) => JSON.parse(text));
  assertEquals(objects.map(({ clientIp }) => clientIp), [
    "192.0.2.10",
    "192.0.2.11",
    "192.0.2.12",
  ]);
  assertEquals(
    isJoinedJson(`{"path":"/?\\"records\\":[{","status":200}`),
    false,
  );
});

Deno.test("Nest's lines keep their order: a visitor's address is never the client's", () => {
  const files = [
    [
      `${NEST}GET /a 200 512 - curl/8 192.0.2.10`,
      `${NEST}GET /a 200 512 - 203.0.113.9 - x 192.0.2.10`,
    ],
    [
      `${NEST}GET /a 200 512 - 192.0.2.10 - curl/8`,
      `${NEST}GET /a 200 512 - 192.0.2.10 - x 203.0.113.9`,
    ],
  ];
  for (const lines of files) {
    const reader = readerOf();
    const records = [...reader.read(lines), ...reader.finish()];
    assertEquals(records.map((record) => record?.ip_address), [
      "192.0.2.10",
      "192.0.2.10",
    ]);
  }
});

Deno.test("a line of blanks costs no more than its length, in any format", () => {
  const blanks = " ".repeat(3_000);
  const lines = [
    `10:05:03.1 INFO${blanks}`,
    `192.0.2.10${blanks}[${CLF}`,
    `192.0.2.10 -${blanks}- x${blanks}`,
    `192.0.2.10 - - [${CLF}] "GET /a HTTP/1.1"${blanks}x${blanks}`,
    `192.0.2.10${blanks}- alice${blanks}[${CLF}] "GET /a HTTP/1.1" 200 512`,
  ];
  const reader = readerOf();
  const records = [...reader.read(lines), ...reader.finish()];
  // A pattern that tried every way to divide them would not end.
  assertEquals(
    records.map((record) => record?.username),
    [undefined, undefined, undefined, undefined, "alice"],
  );
});

Deno.test("labels between blanks: a visitor's text adds none and moves none", () => {
  const line = (uri: string, ua: string) =>
    `time:${CLF} host:192.0.2.10 method:GET uri:${uri} status:200 ua:${ua}`;
  const reader = readerOf();
  const records = [
    ...reader.read([
      line("/a", "curl/8"),
      line("/b", "x remote_addr:203.0.113.9"),
      line("/c status:500", "curl/8"),
      line("/d", "curl/8"),
    ]),
    ...reader.finish(),
  ];
  assertEquals(
    records.map((record) =>
      record && `${record.ip_address} ${record.path} ${record.status}`
    ),
    ["192.0.2.10 /a 200", null, null, "192.0.2.10 /d 200"],
  );
});

Deno.test("a firewall's zone that is not known makes its lines unread, not wrong", () => {
  const reader = readerOf();
  reader.read([
    `date=2025-05-17 time=12:05:03 timezone="IST" srcip=192.0.2.10 method="GET" url="/a" status="200"`,
  ]);
  assertEquals(reader.finish(), [null]);
  assertEquals(reader.counts.noTime, 1);
});

Deno.test("fields that a visitor names are never the log's own, wherever they stand", () => {
  const forged = {
    remoteAddress: "203.0.113.9",
    "remote-addr": "203.0.113.9",
    "client-ip": "203.0.113.9",
    "status-code": 500,
    statusCode: "500",
    "request-method": "POST",
    "request-uri": "/evil",
    timestamp: "1000000000",
  };
  for (
    const name of ["query", "params", "headers", "cookies", "body", "form"]
  ) {
    const reader = readerOf();
    const line = JSON.stringify({
      time: `${ISO}Z`,
      req: {
        method: "GET",
        url: "/a",
        [name]: { "user-agent": "curl/8", ...forged },
        remoteAddress: "192.0.2.10",
      },
      res: { statusCode: 200 },
    });
    const without = line.replace(`"remoteAddress":"192.0.2.10"`, `"x":1`);
    const [record, none] = [
      ...reader.read([line, without]),
      ...reader.finish(),
    ];
    assertEquals(
      record && [
        record.timestamp,
        record.ip_address,
        record.method,
        record.path,
        record.status,
        record.user_agent,
      ],
      [
        Date.parse(`${ISO}Z`),
        "192.0.2.10",
        "GET",
        "/a",
        200,
        name === "headers" ? "curl/8" : null,
      ],
      name,
    );
    assertEquals(none, null, name);
  }
});
