import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { faultOf, sentPath } from "../../lib/http/received_url.ts";

const HOSTILE = [
  "h\\login#",
  "h\\api\\login#",
  "h/login",
  "h#",
  "h?",
  "h%2f",
  "u@h",
  "[",
  "a b",
  "x:99999",
];

Deno.test("faultOf() and sentPath(): a malformed Host is a fault, and the path is the one that was sent", () => {
  for (const host of HOSTILE) {
    const url = `http://${host}/styles.css?v=1`;
    assert(faultOf(url, host), host);
    assertEquals(sentPath(url, host), "/styles.css");
    // HTTP/2 sends the host without a field of its own.
    if (!host.includes("/")) assert(faultOf(url, null), host);
  }
});

Deno.test("faultOf() lets through what clients and scanners send, however odd, if it has one reading", () => {
  for (
    const target of [
      "/",
      "/a/../b",
      "//a//b",
      "/a;b=1",
      "/%2e%2e/%ff%",
      "/a|b^{}\"<>'",
      "/*",
      "/a?b\\c",
      "/?x=%zz",
    ]
  ) {
    assertEquals(faultOf(`http://h${target}`, "h"), null, target);
    assertEquals(faultOf(`http://h:80${target}`, "h:80"), null, target);
    assertEquals(faultOf(`http://other${target}`, "h"), null, target);
  }
  assertEquals(faultOf("http://localhost:8000/a", null), null);
  assertEquals(faultOf("http://localhost:8000/a", ""), null);
});

Deno.test("faultOf() refuses what ends, moves or changes the path for one reader only", () => {
  for (
    const url of [
      "http://h/frag/#ment",
      "http://h/#",
      "http://h/?a#b",
      "http://h/x\\login",
      "http://h/a b",
      "http://h/a\tb",
      "http://h/café",
      "ftp://h/a",
      "http://o\\x/p",
      "http://u:p@o/p",
      "http://o?x",
      "http://[/p",
      "http://",
      "h:80",
    ]
  ) assert(faultOf(url, "h"), url);
});

Deno.test("sentPath() and a URL parser agree on every URL without a fault, but for what parsers rewrite", () => {
  const piece = fc.constantFrom(
    ..."/ab.\\#?%;:@|^".split(""),
    "..",
    "%2e",
    "//",
    "é",
    "\t",
  );
  const hosts = fc.constantFrom("h", "h:80", "[::1]", ...HOSTILE);
  fc.assert(
    fc.property(hosts, fc.array(piece), (host, pieces) => {
      const url = `http://${host}/${pieces.join("")}`;
      if (faultOf(url, host) !== null) return;
      // Dot segments are resolved and a few characters encoded by the parser itself, for the same
      // path.
      const parsed = new URL(`http://parsed${sentPath(url, host)}`).pathname;
      assertEquals(new URL(url).pathname, parsed);
    }),
    { numRuns: 5_000 },
  );
});
