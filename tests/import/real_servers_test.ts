import { assert, assertEquals } from "@std/assert";
import { createLogClient } from "../../lib/import/log_client.ts";
import { LogReader } from "../../lib/import/log_reader.ts";
import { parseCidr } from "../../lib/net/cidr.ts";

const raw = String.raw;

function readerOf(trusted: string[] = []): LogReader {
  return new LogReader({
    clientOf: createLogClient({
      trustedProxies: trusted.map((c) => parseCidr(c)!),
    }),
    now: () => Date.UTC(2026, 11, 1),
  });
}

/**
 * Lines that these servers wrote for requests of curl and of sockets, and what was sent: time,
 * address, method, path, status, duration, then user agent, referrer, user and host.
 */
const READ: Record<string, [lines: string[], meant: string[]]> = {
  "nginx 1.22: a tutorial's JSON, seconds beside the upstream's": [
    [
      raw`{"@timestamp":"2026-11-27T04:48:22+00:00","host":"vm","clientip":"127.0.0.1","size":15,"responsetime":0.150,"upstreamtime":"-","http_host":"www.example.org","url":"/slow","domain":"www.example.org","xff":"-","referer":"-","status":"200","request_method":"GET","agent":"curl/8.14.1"}`,
      raw`{"@timestamp":"2026-11-27T04:48:22+00:00","host":"vm","clientip":"127.0.0.1","size":157,"responsetime":0.001,"upstreamtime":"-","http_host":"www.example.org","url":"-","domain":"www.example.org","xff":"-","referer":"-","status":"400","request_method":"-","agent":"-"}`,
    ],
    [
      raw`11-27T04:48:22 127.0.0.1 GET /slow 200 150|curl/8.14.1|-|-|www.example.org`,
      raw`11-27T04:48:22 127.0.0.1 - - 400 1|-|-|-|www.example.org`,
    ],
  ],
  "nginx 1.22: JSON with an empty request": [
    [
      raw`{"timestamp":1795754902.386,"client":"127.0.0.1","method":"GET","uri":"/r6","query":"q=a%20b%22c&u=%C3%BC","code":200,"took_s":0.000,"ua":"curl/8.14.1","xff":"127.0.0.1"}`,
      raw`{"timestamp":1795754902.651,"client":"127.0.0.1","method":"","uri":"","query":"","code":400,"took_s":0.001,"ua":"","xff":"127.0.0.1"}`,
    ],
    [
      raw`11-27T04:48:22 127.0.0.1 GET /r6 200 null|curl/8.14.1`,
      raw`11-27T04:48:22 127.0.0.1 - - 400 null`,
    ],
  ],
  "nginx 1.22: name=value with a duration called request_time": [
    [
      raw`time=2026-11-27T04:48:22+00:00 remote_addr=127.0.0.1 method=GET uri="/r8" status=200 bytes=8 referer="-" user_agent="My \x22quoted\x22 \x5Cback\x5Cslash \x22GET /evil HTTP/1.1\x22 200 1 \x22-\x22 \x22x\x22" request_time=0.000`,
      raw`time=2026-11-27T04:48:22+00:00 remote_addr=127.0.0.1 method=GET uri="/r13\x22x'y" status=404 bytes=153 referer="-" user_agent="curl/8.14.1" request_time=0.000`,
      raw`time=2026-11-27T04:48:22+00:00 remote_addr=127.0.0.1 method=GET uri="/slow" status=200 bytes=15 referer="-" user_agent="curl/8.14.1" request_time=0.150`,
    ],
    [
      raw`11-27T04:48:22 127.0.0.1 GET /r8 200 0|My "quoted" \back\slash "GET /evil HTTP/1.1" 200 1 "-" "x"`,
      raw`11-27T04:48:22 127.0.0.1 GET /r13%22x'y 404 0|curl/8.14.1`,
      raw`11-27T04:48:22 127.0.0.1 GET /slow 200 150|curl/8.14.1`,
    ],
  ],
  "nginx 1.22: LTSV": [
    [
      "time:2026-11-27T04:48:22+00:00\thost:127.0.0.1\tforwardedfor:-\tmethod:GET\turi:/r9\tprotocol:HTTP/1.1\tstatus:200\tsize:8\treferer:-\tua:a\\x22,\\x22remote_addr\\x22:\\x22203.0.113.9\\x22,\\x22status\\x22:500,\\x22x\\x22:\\x22\treqtime:0.000\tapptime:-\tvhost:www.example.org",
      "time:2026-11-27T04:48:22+00:00\thost:127.0.0.1\tforwardedfor:-\tmethod:GET\turi:/slow\tprotocol:HTTP/1.1\tstatus:200\tsize:15\treferer:-\tua:curl/8.14.1\treqtime:0.150\tapptime:-\tvhost:www.example.org",
      "time:2026-11-27T04:48:22+00:00\thost:127.0.0.1\tforwardedfor:-\tmethod:-\turi:-\tprotocol:-\tstatus:400\tsize:157\treferer:-\tua:-\treqtime:0.001\tapptime:-\tvhost:www.example.org",
    ],
    [
      raw`11-27T04:48:22 127.0.0.1 GET /r9 200 0|a","remote_addr":"203.0.113.9","status":500,"x":"|-|-|www.example.org`,
      raw`11-27T04:48:22 127.0.0.1 GET /slow 200 150|curl/8.14.1|-|-|www.example.org`,
      raw`11-27T04:48:22 127.0.0.1 - - 400 1|-|-|-|www.example.org`,
    ],
  ],
  "nginx 1.22: escape=none": [
    [raw`127.0.0.1 -  [27/Nov/2026:04:48:22 +0000] "GET /r8 HTTP/1.1" 200 8 "" "My "quoted" \back\slash "GET /evil HTTP/1.1" 200 1 "-" "x""`],
    [raw`11-27T04:48:22 127.0.0.1 GET /r8 200 null|My "quoted" \back\slash "GET /evil HTTP/1.1" 200 1 "-" "x"`],
  ],
  "nginx 1.22: variables as JSON": [
    [
      raw`{"msec":"1795754902.442","connection":"12","pid":"32093","request_id":"423e6b114f6b703781b182bbfaaf25ee","request_length":"135","remote_addr":"127.0.0.1","remote_user":"we ird\"user","remote_port":"51876","time_local":"27/Nov/2026:04:48:22 +0000","time_iso8601":"2026-11-27T04:48:22+00:00","request":"GET /r12 HTTP/1.1","request_uri":"/r12","args":"","status":"200","body_bytes_sent":"9","bytes_sent":"239","http_referer":"","http_user_agent":"curl/8.14.1","http_x_forwarded_for":"","http_host":"www.example.org","server_name":"www.example.org","request_time":"0.000","upstream":"","upstream_connect_time":"","upstream_response_time":"","ssl_protocol":"","scheme":"http","request_method":"GET","server_protocol":"HTTP/1.1","gzip_ratio":""}`,
      raw`{"msec":"1795754902.632","connection":"14","pid":"32093","request_id":"a2b38bc8d71b1ae3a075eb20355e73ed","request_length":"89","remote_addr":"127.0.0.1","remote_user":"","remote_port":"51896","time_local":"27/Nov/2026:04:48:22 +0000","time_iso8601":"2026-11-27T04:48:22+00:00","request":"GET /slow HTTP/1.1","request_uri":"/slow","args":"","status":"200","body_bytes_sent":"15","bytes_sent":"166","http_referer":"","http_user_agent":"curl/8.14.1","http_x_forwarded_for":"","http_host":"www.example.org","server_name":"www.example.org","request_time":"0.150","upstream":"","upstream_connect_time":"","upstream_response_time":"","ssl_protocol":"","scheme":"http","request_method":"GET","server_protocol":"HTTP/1.1","gzip_ratio":""}`,
    ],
    [
      raw`11-27T04:48:22 127.0.0.1 GET /r12 200 0|curl/8.14.1|-|we ird"user|www.example.org`,
      raw`11-27T04:48:22 127.0.0.1 GET /slow 200 150|curl/8.14.1|-|-|www.example.org`,
    ],
  ],
  "Apache 2.4: the error log between the lines": [
    [
      raw`127.0.0.1 - alice [27/Nov/2026:04:49:43 +0000] "POST /r4 HTTP/1.1" 404 416 "-" "curl/8.14.1"`,
      raw`[Fri Nov 27 04:49:43.901861 2026] [core:info] [pid 2951:tid 2953] [client 127.0.0.1:43962] AH00128: File does not exist: /tmp/servers/apache/www/r3/missing.html`,
      raw`127.0.0.1 - - [27/Nov/2026:04:49:43 +0000] "GET /r8 HTTP/1.1" 200 227 "-" "My \"quoted\" \\back\\slash \"GET /evil HTTP/1.1\" 200 1 \"-\" \"x\""`,
    ],
    [
      raw`11-27T04:49:43 127.0.0.1 POST /r4 404 null|curl/8.14.1|-|alice`,
      raw`11-27T04:49:43 127.0.0.1 GET /r8 200 null|My "quoted" \back\slash "GET /evil HTTP/1.1" 200 1 "-" "x"`,
    ],
  ],
  "Apache 2.4: a time without brackets": [
    [
      raw`2026-11-27 04:49:43 ::1 "GET /r2 HTTP/1.1" 200 8 300`,
      raw`2026-11-27 04:49:43 127.0.0.1 "GET /slow HTTP/1.1" 200 5 156423`,
    ],
    [
      raw`11-27T04:49:43 ::1 GET /r2 200 0.3`,
      raw`11-27T04:49:43 127.0.0.1 GET /slow 200 156.423`,
    ],
  ],
  "Apache 2.4: %{ms}T": [
    [
      raw`127.0.0.1 - - [27/Nov/2026:04:49:43 +0000] "GET /r1 HTTP/1.1" 200 227 "-" "curl/8.14.1" 0`,
      raw`127.0.0.1 - - [27/Nov/2026:04:49:43 +0000] "GET /slow HTTP/1.1" 200 176 "-" "curl/8.14.1" 156`,
    ],
    [
      raw`11-27T04:49:43 127.0.0.1 GET /r1 200 null|curl/8.14.1`,
      raw`11-27T04:49:43 127.0.0.1 GET /slow 200 null|curl/8.14.1`,
    ],
  ],
  "Apache 2.4: %D": [
    [
      raw`127.0.0.1 - - [27/Nov/2026:04:49:43 +0000] "GET /r1 HTTP/1.1" 200 227 "-" "curl/8.14.1" 419`,
      raw`127.0.0.1 - - [27/Nov/2026:04:49:43 +0000] "GET /slow HTTP/1.1" 200 176 "-" "curl/8.14.1" 156423`,
    ],
    [
      raw`11-27T04:49:43 127.0.0.1 GET /r1 200 0.419|curl/8.14.1`,
      raw`11-27T04:49:43 127.0.0.1 GET /slow 200 156.423|curl/8.14.1`,
    ],
  ],
  "Apache 2.4: JSON with remote_addr, agent and user": [
    [
      raw`{"timestamp":"2026-11-27T04:49:43+0000","remote_addr":"127.0.0.1","x_forwarded_for":"-","user":"we ird\"user","request":"GET /r12 HTTP/1.1","status":200,"bytes":228,"duration":75,"referer":"-","agent":"curl/8.14.1"}`,
      raw`{"timestamp":"2026-11-27T04:49:44+0000","remote_addr":"127.0.0.1","x_forwarded_for":"-","user":"-","request":"GET /r15 HTTP/1.1","status":200,"bytes":228,"duration":247,"referer":"-","agent":"\xc3\x9cn\xc3\xaf/1.0 203.0.113.9 - - [01/Jan/2020:00:00:00 +0000]"}`,
    ],
    [
      raw`11-27T04:49:43 127.0.0.1 GET /r12 200 null|curl/8.14.1|-|we ird"user`,
      raw`11-27T04:49:44 127.0.0.1 GET /r15 200 null|Ünï/1.0 203.0.113.9 - - [01/Jan/2020:00:00:00 +0000]`,
    ],
  ],
  "Apache 2.4: LTSV with %D in response_time": [
    ["domain:www.example.org\thost:127.0.0.1\tserver:127.0.0.1\tident:-\tuser:-\ttime:27/Nov/2026:04:49:43 +0000\tmethod:GET\tpath:/slow\tprotocol:HTTP/1.1\tstatus:200\tsize:5\treferer:-\tagent:curl/8.14.1\tresponse_time:156423"],
    [raw`11-27T04:49:43 127.0.0.1 GET /slow 200 null|curl/8.14.1|-|-|www.example.org`],
  ],
  "Apache 2.4: name=value with commas": [
    [
      raw`time=1795754983.902761, bytes_in=108, bytes_out=227, cookie="-", server=www.example.org, dest_port=80, http_content_type="-", http_method="GET", http_referrer="-", http_user_agent="curl/8.14.1", ident="-", response_time_microseconds=258, client=127.0.0.1, status=200, uri_path="/r6", uri_query="?q=a%20b%22c&u=%C3%BC", user="-"`,
      raw`time=1795754983.907788, bytes_in=89, bytes_out=176, cookie="-", server=www.example.org, dest_port=80, http_content_type="text/plain", http_method="GET", http_referrer="-", http_user_agent="curl/8.14.1", ident="-", response_time_microseconds=156423, client=127.0.0.1, status=200, uri_path="/slow", uri_query="", user="-"`,
    ],
    [
      raw`11-27T04:49:43 127.0.0.1 GET /r6 200 0.258|curl/8.14.1`,
      raw`11-27T04:49:43 127.0.0.1 GET /slow 200 156.423|curl/8.14.1`,
    ],
  ],
  "Apache 2.4: vhost_combined": [
    [raw`www.example.org:80 127.0.0.1 - we ird\"user [27/Nov/2026:04:49:43 +0000] "GET /r12 HTTP/1.1" 200 228 "-" "curl/8.14.1"`],
    [raw`11-27T04:49:43 127.0.0.1 GET /r12 200 null|curl/8.14.1|-|we ird"user|www.example.org:80`],
  ],
  "lighttpd 1.4: JSON": [
    [
      raw`{"time":"2026-11-27T04:50:49+0000","ip":"127.0.0.1","request":"GET /r10 HTTP/1.1","status":200,"ua":"curl/8.14.1","ref":"https://ref.example/path?x=\"y\"&z=\\","us":37}`,
      raw`{"time":"2026-11-27T04:50:49+0000","ip":"127.0.0.1","request":"  ","status":400,"ua":"-","ref":"-","us":31}`,
    ],
    [
      raw`11-27T04:50:49 127.0.0.1 GET /r10 200 null|curl/8.14.1|https://ref.example/path`,
      raw`11-27T04:50:49 127.0.0.1 - - 400 null`,
    ],
  ],
  "Caddy 2.6: console": [
    ['2026/11/27 04:51:08.024\t\u001b[34mINFO\u001b[0m\thttp.log.access.log0\thandled request\t{"request": {"remote_ip": "127.0.0.1", "remote_port": "47160", "proto": "HTTP/1.1", "method": "GET", "host": "www.example.org", "uri": "/slow", "headers": {"User-Agent": ["curl/8.14.1"], "Connection": ["close"]}}, "user_id": "", "duration": 0.198623831, "size": 6, "status": 200, "resp_headers": {"Server": ["Caddy", "BaseHTTP/0.6 Python/3.11.7"], "Date": ["Fri, 27 Nov 2026 04:51:07 GMT"], "Content-Length": ["6"]}}'],
    [raw`11-27T04:51:08 127.0.0.1 GET /slow 200 198.624|curl/8.14.1|-|-|www.example.org`],
  ],
  "HAProxy 2.6: httplog": [
    [
      raw`<134>Nov 27 04:52:06 localhost haproxy[9824]: ::1:40632 [27/Nov/2026:04:52:06.395] fe be/s1 0/0/0/0/0 200 120 - - ---- 1/1/0/0/0 0/0 {|curl/8.14.1} "GET /r2 HTTP/1.1"`,
      raw`<134>Nov 27 04:52:06 localhost haproxy[9824]: 127.0.0.1:51222 [27/Nov/2026:04:52:06.420] fe be/s1 0/0/0/1/1 200 120 - - ---- 1/1/0/0/0 0/0 {|curl/8.14.1} "GET /r13#22x'y HTTP/1.1"`,
      raw`<134>Nov 27 04:52:06 localhost haproxy[9824]: 127.0.0.1:51228 [27/Nov/2026:04:52:06.421] fe be/s1 0/0/0/153/153 200 120 - - ---- 1/1/0/0/0 0/0 {|curl/8.14.1} "GET /slow HTTP/1.1"`,
    ],
    [
      raw`11-27T04:52:06 ::1 GET /r2 200 0`,
      raw`11-27T04:52:06 127.0.0.1 GET /r13%22x'y 200 1`,
      raw`11-27T04:52:06 127.0.0.1 GET /slow 200 153`,
    ],
  ],
  "HAProxy 2.6: httplog clf": [
    [
      raw`::1 - - [27/Nov/2026:04:52:19 +0000] "GET /r2 HTTP/1.1" 200 120 "" "" 39666 453 "fe" "be" "s1" 0 0 0 8 8 ---- 1 1 0 0 0 0 0 "" "" "" "curl/8.14.1" `,
      raw`127.0.0.1 - - [27/Nov/2026:04:52:19 +0000] "GET /r13#22x'y HTTP/1.1" 200 120 "" "" 41206 540 "fe" "be" "s1" 0 0 0 4 4 ---- 1 1 0 0 0 0 0 "" "" "" "curl/8.14.1" `,
      raw`127.0.0.1 - - [27/Nov/2026:04:52:19 +0000] "GET /slow HTTP/1.1" 200 120 "" "" 41222 554 "fe" "be" "s1" 0 0 0 152 152 ---- 1 1 0 0 0 0 0 "" "" "" "curl/8.14.1" `,
    ],
    [
      raw`11-27T04:52:19 ::1 GET /r2 200 8`,
      raw`11-27T04:52:19 127.0.0.1 GET /r13%22x'y 200 4`,
      raw`11-27T04:52:19 127.0.0.1 GET /slow 200 152`,
    ],
  ],
  "HAProxy 2.6: httpslog": [
    [
      raw`127.0.0.1:41524 [27/Nov/2026:04:52:24.834] fe be/s1 0/0/0/150/150 200 120 - - ---- 1/1/0/0/0 0/0 {|curl/8.14.1} "GET /slow HTTP/1.1" 0/-/-/-/0 -/-/-`,
      raw`127.0.0.1:41470 [27/Nov/2026:04:52:24.828] fe fe/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>" 0/-/-/-/0 -/-/-`,
    ],
    [
      raw`11-27T04:52:24 127.0.0.1 GET /slow 200 150`,
      raw`11-27T04:52:24 127.0.0.1 - - 400 0`,
    ],
  ],
  "Varnish 7.1: varnishncsa's JSON": [
    [raw`{"ts":"2026-11-27T04:53:21+0000","ip":"127.0.0.1","xff":"127.0.0.1","method":"GET","url":"/r10","query":"","status":200,"time":"0","duration_us":43561,"ua":"curl/8.14.1","ref":"https://ref.example/path?x=\"y\"&z=\\"}`],
    [raw`11-27T04:53:21 127.0.0.1 GET /r10 200 43.561|curl/8.14.1|https://ref.example/path`],
  ],
  "mini_httpd 1.30": [
    [raw`127.0.0.1 - - [27/Nov/2026:04:54:53 +0000] "GET /r8 HTTP/1.1" 200 8 "" "My "quoted" \back\slash "GET /evil HTTP/1.1" 200 1 "-" "x""`],
    [raw`11-27T04:54:53 127.0.0.1 GET /r8 200 null|My "quoted" \back\slash "GET /evil HTTP/1.1" 200 1 "-" "x"`],
  ],
  "nghttpx 1.52": [
    [raw`127.0.0.1 - - [27/Nov/2026:04:54:51 +0000] "GET /r8 HTTP/1.1" 200 6 "-" "My \x22quoted\x22 \x5cback\x5cslash \x22GET /evil HTTP/1.1\x22 200 1 \x22-\x22 \x22x\x22"`],
    [raw`11-27T04:54:51 127.0.0.1 GET /r8 200 null|My "quoted" \back\slash "GET /evil HTTP/1.1" 200 1 "-" "x"`],
  ],
  "webfs 1.21": [
    [raw`127.0.0.1 - - [27/Nov/2026:04:54:56 +0000] "GET /r10 HTTP/1.1" 200 217`],
    [raw`11-27T04:54:56 127.0.0.1 GET /r10 200 null`],
  ],
  "h2o 2.2": [
    [raw`127.0.0.1 - - [27/Nov/2026:05:10:41 +0000] "GET /r9 HTTP/1.1" 200 6 "-" "a\x22,\x22remote_addr\x22:\x22203.0.113.9\x22,\x22status\x22:500,\x22x\x22:\x22"`],
    [raw`11-27T05:10:41 127.0.0.1 GET /r9 200 null|a","remote_addr":"203.0.113.9","status":500,"x":"`],
  ],
  "PHP 8.2's server": [
    [
      raw`[Fri Nov 27 04:55:02 2026] 127.0.0.1:45286 Accepted`,
      raw`[Fri Nov 27 04:55:02 2026] 127.0.0.1:45286 Closed without sending a request; it was probably just an unused speculative preconnection`,
      raw`[Fri Nov 27 04:55:02 2026] 127.0.0.1:45432 [200]: GET /slow`,
    ],
    [raw`11-27T04:55:02 127.0.0.1 GET /slow 200 null`],
  ],
  "Python 3's http.server": [
    [raw`127.0.0.1 - - [27/Nov/2026 04:55:00] "GET /r6?q=a%20b%22c&u=%C3%BC HTTP/1.1" 200 -`],
    [raw`11-27T04:55:00 127.0.0.1 GET /r6 200 null`],
  ],
  "Starman 0.4": [
    [raw`127.0.0.1 - - [27/Nov/2026:04:56:30 +0000] "GET /r8 HTTP/1.1" 200 6 "-" "My "quoted" \back\slash "GET /evil HTTP/1.1" 200 1 "-" "x""`],
    [raw`11-27T04:56:30 127.0.0.1 GET /r8 200 null|My "quoted" \back\slash "GET /evil HTTP/1.1" 200 1 "-" "x"`],
  ],
  "Puma 5.6 with Rack's logger": [
    [
      raw`127.0.0.1 - - [27/Nov/2026:04:56:37 +0000] "GET /r6?q=a%20b%22c&u=%C3%BC HTTP/1.1" 200 - 0.0001`,
      raw`127.0.0.1 - - [27/Nov/2026:04:56:37 +0000] "GET /slow HTTP/1.1" 200 - 0.1505`,
    ],
    [
      raw`11-27T04:56:37 127.0.0.1 GET /r6 200 0.1`,
      raw`11-27T04:56:37 127.0.0.1 GET /slow 200 150.5`,
    ],
  ],
  "WEBrick 1.8": [
    [raw`127.0.0.1 - - [27/Nov/2026:04:56:52 UTC] "GET /r17 HTTP/1.1" 200 9 "http://a.example/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"`],
    [raw`11-27T04:56:52 127.0.0.1 GET /r17 200 null|Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36|http://a.example/`],
  ],
  "gunicorn 27": [
    [raw`127.0.0.1 - bob [27/Nov/2026:04:57:49 +0000] "GET /r17 HTTP/1.1" 200 6 "http://a.example/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"`],
    [raw`11-27T04:57:49 127.0.0.1 GET /r17 200 null|Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36|http://a.example/|bob`],
  ],
  "gunicorn 27: hops without quotes, then the connection": [
    [raw`[27/Nov/2026:04:57:53 +0000] 203.0.113.7, 198.51.100.4 127.0.0.1 GET /r11 200 0.000150 curl/8.14.1`],
    [raw`11-27T04:57:53 127.0.0.1 GET /r11 200 null`],
  ],
  "Hypercorn 0.18: an IPv6 address with a port": [
    [
      raw`[2026-11-27 04:58:02 +0000] [19780] [INFO] ::1:48670 - - [27/Nov/2026:04:58:02 +0000] "GET /r2 1.1" 200 6 "-" "curl/8.14.1"`,
      raw`[2026-11-27 04:58:03 +0000] [19780] [INFO] 127.0.0.1:38954 - - [27/Nov/2026:04:58:03 +0000] "GET /r17 1.1" 200 6 "http://a.example/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"`,
    ],
    [
      raw`11-27T04:58:02 ::1 GET /r2 200 null|curl/8.14.1`,
      raw`11-27T04:58:03 127.0.0.1 GET /r17 200 null|Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36|http://a.example/`,
    ],
  ],
  "Daphne 4.2": [
    [raw`127.0.0.1:44522 - - [27/Nov/2026:04:58:05] "GET /r6?q=a%20b%22c&u=%C3%BC" 200 6`],
    [raw`11-27T04:58:05 127.0.0.1 GET /r6 200 null`],
  ],
  "uvicorn 0.54 with a time": [
    [raw`2026-11-27 04:58:00,520 INFO:     127.0.0.1:50204 - "GET /r6?q=a%20b%22c&u=%C3%BC HTTP/1.1" 200 OK`],
    [raw`11-27T04:58:00 127.0.0.1 GET /r6 200 null`],
  ],
  "Paste 3.10's TransLogger": [
    [raw`127.0.0.1 - - [27/Nov/2026:04:58:08 +0000] "GET /r17 HTTP/1.1" 200 6 "http://a.example/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"`],
    [raw`11-27T04:58:08 127.0.0.1 GET /r17 200 null|Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36|http://a.example/`],
  ],
  "CherryPy 18": [
    [raw`127.0.0.1 - - [27/Nov/2026:04:58:11] "GET /r9 HTTP/1.1" 200 6 "" "a\",\"remote_addr\":\"203.0.113.9\",\"status\":500,\"x\":\""`],
    [raw`11-27T04:58:11 127.0.0.1 GET /r9 200 null|a","remote_addr":"203.0.113.9","status":500,"x":"`],
  ],
  "aiohttp 3.14": [
    [raw`INFO:aiohttp.access:127.0.0.1 [27/Nov/2026:04:58:14 +0000] "GET /r17 HTTP/1.1" 200 177 "http://a.example/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"`],
    [raw`11-27T04:58:14 127.0.0.1 GET /r17 200 null|Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36|http://a.example/`],
  ],
  "Tornado 6.6": [
    [raw`[I 261127 04:58:16 web:2591] 200 GET /slow (127.0.0.1) 151.00ms`],
    [raw`11-27T04:58:16 127.0.0.1 GET /slow 200 151`],
  ],
  "Flask 3.1": [
    [raw`127.0.0.1 - - [27/Nov/2026 04:58:19] "GET /r6?q=a%20b"c&u=ü HTTP/1.1" 200 -`],
    [raw`11-27T04:58:19 127.0.0.1 GET /r6 200 null`],
  ],
  "Granian 2.8": [
    [raw`[2026-11-27 04:58:40 +0000] 127.0.0.1 - "GET /slow HTTP/1.1" 200 150.289`],
    [raw`11-27T04:58:40 127.0.0.1 GET /slow 200 null`],
  ],
  "uWSGI 2.0": [
    [raw`[pid: 30585|app: 0|req: 13/13] 127.0.0.1 () {28 vars in 300 bytes} [Fri Nov 27 05:10:38 2026] GET /slow => generated 6 bytes in 150 msecs (HTTP/1.1 200) 2 headers in 64 bytes (1 switches on core 0)`],
    [raw`11-27T05:10:38 127.0.0.1 GET /slow 200 150`],
  ],
  "Twisted 26's JSON, separated by record separators": [
    ['\x1e{"log_io": "\\"127.0.0.1\\" - - [27/Nov/2026:04:58:43 +0000] \\"GET /r17 HTTP/1.1\\" 200 9 \\"http://a.example/\\" \\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\\"", "log_logger": {"unpersistable": true}, "log_level": {"name": "info", "__class_uuid__": "02e59486-f24d-46ad-8224-3acdf2a5732a"}, "log_namespace": "twisted.python.log", "log_source": null, "log_format": "{log_io}", "log_time": 1795755523.7779815, "log_flattened": {"log_io!s:": "\\"127.0.0.1\\" - - [27/Nov/2026:04:58:43 +0000] \\"GET /r17 HTTP/1.1\\" 200 9 \\"http://a.example/\\" \\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\\"", "log_io!:": "\\"127.0.0.1\\" - - [27/Nov/2026:04:58:43 +0000] \\"GET /r17 HTTP/1.1\\" 200 9 \\"http://a.example/\\" \\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\\""}}'],
    [raw`11-27T04:58:43 127.0.0.1 GET /r17 200 null|Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36|http://a.example/`],
  ],
  "log4js 6's connect logger": [
    [
      raw`[2026-11-27T05:05:54.702] [INFO] http - 203.0.113.7, 198.51.100.4 - - "GET /r11 HTTP/1.1" 200 6 "" "curl/8.14.1"`,
      raw`[2026-11-27T05:05:54.868] [INFO] http - ::ffff:127.0.0.1 - - "GET /r17 HTTP/1.1" 200 6 "http://a.example/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"`,
    ],
    [
      raw`11-27T05:05:54 198.51.100.4 GET /r11 200 null|curl/8.14.1`,
      raw`11-27T05:05:54 127.0.0.1 GET /r17 200 null|Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36|http://a.example/`,
    ],
  ],
  "serve 14": [
    [
      raw` INFO  Accepting connections at http://127.0.0.1:18138`,
      raw` HTTP  11/27/2026 5:06:34 AM 127.0.0.1 GET /r3/missing.html`,
      raw` HTTP  11/27/2026 5:06:34 AM 127.0.0.1 Returned 301 in 1 ms`,
      raw` HTTP  11/27/2026 5:06:34 AM 127.0.0.1 GET /slow`,
      raw` HTTP  11/27/2026 5:06:34 AM 127.0.0.1 Returned 200 in 2 ms`,
    ],
    [
      raw`11-27T05:06:34 127.0.0.1 GET /r3/missing.html 301 1`,
      raw`11-27T05:06:34 127.0.0.1 GET /slow 200 2`,
    ],
  ],
  "morgan 1.10: JSON with response_time of no unit": [
    [raw`{"method":"GET","url":"/slow","status":200,"content_length":"6","response_time":151.173,"ip":"::ffff:127.0.0.1","time":"2026-11-27T05:05:42.989Z","ua":"curl/8.14.1"}`],
    [raw`11-27T05:05:42 127.0.0.1 GET /slow 200 null|curl/8.14.1`],
  ],
  "pino-http 10": [
    [raw`{"level":30,"time":1795755946027,"pid":24273,"hostname":"vm","req":{"id":13,"method":"GET","url":"/slow","query":{},"params":{},"headers":{"host":"www.example.org","user-agent":"curl/8.14.1","connection":"close"},"remoteAddress":"::ffff:127.0.0.1","remotePort":56528},"res":{"statusCode":200,"headers":{"x-powered-by":"Express","content-type":"text/html; charset=utf-8","content-length":"6","etag":"W/\"6-9XLTlvrpIGYocU+yzgD3LpTyJY8\""}},"responseTime":152,"msg":"request completed"}`],
    [raw`11-27T05:05:46 127.0.0.1 GET /slow 200 152|curl/8.14.1|-|-|www.example.org`],
  ],
  "express-winston 4": [
    [raw`{"level":"info","message":"HTTP GET /slow","meta":{"req":{"headers":{"connection":"close","host":"www.example.org","user-agent":"curl/8.14.1"},"httpVersion":"1.1","ip":"::ffff:127.0.0.1","method":"GET","originalUrl":"/slow","query":{},"url":"/slow"},"res":{"statusCode":200},"responseTime":151},"timestamp":"2026-11-27T05:05:49.451Z"}`],
    [raw`11-27T05:05:49 127.0.0.1 GET /slow 200 151|curl/8.14.1|-|-|www.example.org`],
  ],
  "Fastify 5": [
    [
      raw`{"level":30,"time":1795755957345,"pid":24679,"hostname":"vm","reqId":"req-d","req":{"method":"GET","url":"/slow","host":"www.example.org","remoteAddress":"::ffff:127.0.0.1","remotePort":52716},"msg":"incoming request"}`,
      raw`{"level":30,"time":1795755957497,"pid":24679,"hostname":"vm","reqId":"req-d","res":{"statusCode":200},"responseTime":151.81112599999994,"msg":"request completed"}`,
    ],
    [raw`11-27T05:05:57 127.0.0.1 GET /slow 200 151.811|-|-|-|www.example.org`],
  ],
  "gorilla/handlers 1.5": [
    [raw`127.0.0.1 - - [27/Nov/2026:05:10:13 +0000] "GET /r8 HTTP/1.1" 200 6 "" "My \"quoted\" \\back\\slash \"GET /evil HTTP/1.1\" 200 1 \"-\" \"x\""`],
    [raw`11-27T05:10:13 127.0.0.1 GET /r8 200 null|My "quoted" \back\slash "GET /evil HTTP/1.1" 200 1 "-" "x"`],
  ],
  "Gin 1": [
    [raw`[GIN] 2026/11/27 - 05:10:18 | 404 | 150.73ms |       127.0.0.1 | GET      "/slow"`],
    [raw`11-27T05:10:18 127.0.0.1 GET /slow 404 150.73`],
  ],
  "chi 5": [
    [raw`2026/11/27 05:10:21 [vm/GdAUKBL29W-000013] "GET http://www.example.org/slow HTTP/1.1" from 127.0.0.1:60112 - 200 6B in 150.917593ms`],
    [raw`11-27T05:10:21 127.0.0.1 GET /slow 200 150.918`],
  ],
  "Echo 4.12: it does not escape the user agent": [
    [
      raw`{"time":"2026-11-27T05:10:23.795621669Z","id":"","remote_ip":"127.0.0.1","host":"www.example.org","method":"GET","uri":"/r9","user_agent":"a","remote_addr":"203.0.113.9","status":500,"x":"","status":200,"error":"","latency":680,"latency_human":"680ns","bytes_in":0,"bytes_out":6}`,
      raw`{"time":"2026-11-27T05:10:23.947504119Z","id":"","remote_ip":"127.0.0.1","host":"www.example.org","method":"GET","uri":"/slow","user_agent":"curl/8.14.1","status":200,"error":"","latency":150951169,"latency_human":"150.951169ms","bytes_in":0,"bytes_out":6}`,
    ],
    [
      raw`11-27T05:10:23 127.0.0.1 GET /r9 200 0.001|a","remote_addr":"203.0.113.9","status":500,"x":"|-|-|www.example.org`,
      raw`11-27T05:10:23 127.0.0.1 GET /slow 200 150.951|curl/8.14.1|-|-|www.example.org`,
    ],
  ],
  "Fiber 2.52 with a date": [
    [raw`2026-11-27T05:10:28Z 127.0.0.1 200 -  155.128789ms GET /slow curl/8.14.1`],
    [raw`11-27T05:10:28 127.0.0.1 GET /slow 200 155.129`],
  ],
  "zerolog 1's hlog": [
    [raw`{"level":"info","user_agent":"curl/8.14.1","ip":"127.0.0.1:39626","method":"GET","url":"/slow","status":200,"size":6,"duration":150.514676,"time":"2026-11-27T05:10:31Z"}`],
    [raw`11-27T05:10:31 127.0.0.1 GET /slow 200 null|curl/8.14.1`],
  ],
  "slog-http 1.4: JSON with nanoseconds": [
    [raw`{"time":"2026-11-27T05:10:33.6635564Z","level":"INFO","msg":"200: OK","request":{"time":"2026-11-27T05:10:33.51278041Z","method":"GET","host":"www.example.org","path":"/slow","query":"","ip":"127.0.0.1:39814","referer":"","length":0},"response":{"time":"2026-11-27T05:10:33.663492883Z","latency":150712492,"status":200,"length":6},"id":"b59b24a3-810f-413a-8f06-8f266eda2ef4"}`],
    [raw`11-27T05:10:33 127.0.0.1 GET /slow 200 150.712|-|-|-|www.example.org`],
  ],
  "slog-http 1.4: text with dotted names": [
    [raw`time=2026-11-27T05:10:36.021Z level=INFO msg="200: OK" request.time=2026-11-27T05:10:35.871Z request.method=GET request.host=www.example.org request.path=/slow request.query="" request.ip=127.0.0.1:39992 request.referer="" request.length=0 response.time=2026-11-27T05:10:36.021Z response.latency=150.136919ms response.status=200 response.length=6 id=f3d840bb-4a61-4287-b4ed-af55559f0602`],
    [raw`11-27T05:10:35 127.0.0.1 GET /slow 200 150.137|-|-|-|www.example.org`],
  ],
};

for (const [name, [lines, meant]] of Object.entries(READ)) {
  Deno.test(`what a real server wrote is read: ${name}`, () => {
    const reader = readerOf();
    const records = [...reader.read(lines), ...reader.finish()];
    const said = records.filter((record) => record !== null).map((record) =>
      [
        `${new Date(record.timestamp).toISOString().slice(5, 19)} ` +
        `${record.ip_address} ${record.method} ${record.path} ` +
        `${record.status} ${record.duration_ms}`,
        ...[record.user_agent, record.referrer, record.username, record.host]
          .map((value) => value ?? "-"),
      ].join("|").replace(/(?:\|-)+$/, "")
    );
    assertEquals(said, meant);
  });
}

/** Real logs without what a record needs, and a word of the reason. */
const REFUSED: Record<string, [lines: string[], likely: RegExp]> = {
  "uvicorn 0.54, after its start messages": [
    [
      "INFO:     Started server process [19636]",
      "INFO:     Waiting for application startup.",
      "INFO:     Application startup complete.",
      "INFO:     Uvicorn running on http://127.0.0.1:18111 (Press CTRL+C to quit)",
      raw`INFO:     127.0.0.1:49994 - "GET /r1 HTTP/1.1" 200 OK`,
    ],
    /no time/,
  ],
  "Django 5.2's development server": [
    [
      "Performing system checks...",
      "Quit the server with CONTROL-C.",
      raw`[27/Nov/2026 04:58:21] "GET /r1 HTTP/1.1" 200 6`,
    ],
    /no address/,
  ],
  "http-server 14, a user agent that looks like fields": [
    [
      "Starting up http-server, serving /srv/www",
      raw`[2026-11-27T05:06:31.008Z]  "GET /r9" "a","remote_addr":"203.0.113.9","status":500,"x":""`,
      raw`[2026-11-27T05:06:31.046Z]  "GET /slow" "203.0.113.9 status=200"`,
    ],
    /no address|^null$/,
  ],
  "Apache 2.4's forensic log": [
    [
      "+awkL55b7UbmbEbcld1yeUQAAAEA|GET /r1 HTTP/1.1|Host:www.example.org|User-Agent:curl/8.14.1|Connection:close",
      "-awkL55b7UbmbEbcld1yeUQAAAEA",
    ],
    /forensic/,
  ],
  "lighttpd 1.4's error log": [
    ["2026-11-27 04:50:36: (server.c.1704) server started (lighttpd/1.4.69)"],
    /error log/,
  ],
  "HAProxy 2.6 without option httplog": [
    ["Connect from 127.0.0.1:57064 to 127.0.0.1:18085 (fe/HTTP)"],
    /httplog/,
  ],
  "HAProxy 2.6's tcplog": [
    ["127.0.0.1:41266 [27/Nov/2026:04:52:22.408] fe be/s1 1/0/10 117 -- 2/2/0/0/0 0/0"],
    /httplog/,
  ],
  "BusyBox 1.35's httpd": [
    ["127.0.0.1:55766: url:/r1", "127.0.0.1:55766: response:200"],
    /no time/,
  ],
};

for (const [name, [lines, likely]] of Object.entries(REFUSED)) {
  Deno.test(`what a real server wrote is refused by saying why: ${name}`, () => {
    const reader = readerOf();
    const records = [...reader.read(lines), ...reader.finish()];
    assertEquals(records.filter((record) => record !== null), []);
    assert(
      likely.test(String(reader.reason()?.likely)),
      reader.reason()?.likely ?? "",
    );
  });
}

Deno.test("the hops in front of a line of words are walked, and no visitor's first one taken", () => {
  const line =
    "[27/Nov/2026:04:57:53 +0000] 203.0.113.7, 198.51.100.4 127.0.0.1 GET /r11 200 0.000150 curl/8.14.1";
  const clients = [[], ["127.0.0.1/32"], ["127.0.0.1/32", "198.51.100.0/24"]]
    .map((trusted) => {
      const reader = readerOf(trusted);
      return [...reader.read([line]), ...reader.finish()][0]?.ip_address;
    });
  assertEquals(clients, ["127.0.0.1", "198.51.100.4", "203.0.113.7"]);
});

Deno.test("a hundred forged lines of Echo do not make its log one of JSON", () => {
  const line = (agent: string, method = "GET") =>
    raw`{"time":"2026-11-27T05:10:23.795621669Z","id":"","remote_ip":"192.0.2.10","host":"www.example.org","method":"${method}","uri":"/","user_agent":"${agent}","status":200,"error":"","latency":680,"latency_human":"680ns","bytes_in":0,"bytes_out":6}`;
  const forged =
    `a","remote_addr":"203.0.113.9","remote_ip":"203.0.113.9","x":"`;
  const reader = readerOf();
  const records = [
    ...reader.read(Array.from({ length: 250 }, () => line("curl/8.14.1"))),
    ...reader.read(
      Array.from({ length: 250 }, () => line(forged, "X".repeat(20))),
    ),
    ...reader.read([line(forged)]),
    ...reader.finish(),
  ];
  assertEquals(
    new Set(records.map((record) => record?.ip_address)),
    new Set(["192.0.2.10", undefined]),
  );
  assertEquals(records.at(-1)?.user_agent, forged);
  // A pattern that tried every way to divide it would not end.
  const long = line('","user_agent":"'.repeat(4_000)).slice(0, -1);
  assertEquals(reader.read([long]), [null]);
});
