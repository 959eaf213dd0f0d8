import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { hostFilter, hostName, isWellFormedHost } from "../../lib/http/host.ts";

Deno.test("isWellFormedHost() takes names and addresses, with and without a port", () => {
  for (
    const host of [
      "localhost",
      "example.org",
      "EXAMPLE.org.",
      "a-b.c_d.example",
      "example.org:8000",
      "example.org:",
      "xn--caf-dma.example",
      "127.0.0.1",
      "127.0.0.1:65535",
      "[::1]",
      "[2001:db8::1]:80",
      "[::ffff:192.0.2.1]",
    ]
  ) assert(isWellFormedHost(host), host);
});

Deno.test("isWellFormedHost() refuses what moves the path, makes no URL, or is read in two ways", () => {
  for (
    const host of [
      "",
      "h\\login#",
      "h/login",
      "h#x",
      "h?x",
      "u@h",
      "u:p@h",
      "%zz",
      "%41",
      "a b",
      " a",
      "a\t",
      "é",
      "h,g",
      "h;g",
      "*",
      "..",
      ".a",
      "a..b",
      "[",
      "[]",
      "[::1",
      "[::1]x",
      "[::1]:x",
      "[fe80::1%25eth0]",
      "[127.0.0.1]",
      "::1",
      "x:99999",
      "x:-1",
      "x:80:80",
      "x:0x50",
      "999.1.1.1",
      "127.1",
      "0x7f.1",
      "010.0.0.1",
      "2130706433",
      "1.2.3.4.5",
      "example.1",
      "1.2.3.4.",
      "xn--a",
      "xn--",
      "a".repeat(254),
    ]
  ) assert(!isWellFormedHost(host), host);
});

Deno.test("isWellFormedHost(): a host that passes leaves the path where it was, for any text", () => {
  const piece = fc.constantFrom(
    ..."a1.-_:[]\\/#?%@ ;,*~!é".split(""),
    "::1",
    "0x7f",
    "xn--",
    "127.0.0.1",
    ":80",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const host = pieces.join("");
      if (!isWellFormedHost(host)) return;
      const url = new URL(`http://${host}/login?x#y`);
      assertEquals(url.pathname + url.search + url.hash, "/login?x#y");
      assertEquals(url.username + url.password, "");
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("hostName() takes the port away", () => {
  assertEquals(hostName("example.org:80"), "example.org");
  assertEquals(hostName("[::1]:80"), "[::1]");
  assertEquals(hostName("[::1]"), "[::1]");
  assertEquals(hostName("h"), "h");
});

Deno.test("hostFilter() takes names and what lies below a pattern, whatever the port and case", () => {
  const allows = hostFilter(["example.org", "*.example.net", "[::1]"]);
  for (
    const host of [
      "example.org",
      "EXAMPLE.org:8000",
      "example.org.",
      "a.example.net",
      "a.b.example.net:1",
      "[::1]:80",
    ]
  ) assert(allows(host), host);
  for (
    const host of [
      "",
      "example.org.evil.example",
      "evilexample.org",
      "a.example.org",
      "example.net",
      "evilexample.net",
      "127.0.0.1",
    ]
  ) assert(!allows(host), host);
  for (
    const wrong of ["", "*", "*.", "a.*", "https://a", "a/b", "a b", "a:80"]
  ) {
    assertThrows(() => hostFilter([wrong]), SyntaxError);
  }
});
