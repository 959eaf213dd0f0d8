import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { judge } from "../../lib/http/target.ts";

function judged(
  target: string,
  fields: string[] = ["Host", "h"],
  method = "GET",
  httpVersion = "1.1",
) {
  return judge({ method, target, httpVersion, rawHeaders: fields });
}

Deno.test("judge: what people's apps get every day passes as it was sent", () => {
  const targets = [
    ...["/", "/a/../b", "//a//b", "/a;b=1", "/%2F%2e", "/%zz%", "/a%00b"],
    ...["/?a=b\\c", "/?q=1&q=2", "/[x]{y}|^`", "/caf%C3%A9", "/a//..//../b"],
    ...[
      "/?next=http://other/x",
      "/http://x",
      "/:80",
      "/@h",
      `/${"a".repeat(9_000)}`,
    ],
  ];
  for (const target of targets) {
    const { fault, target: seen } = judged(target);
    assertEquals([fault, seen], [null, target]);
  }
});

Deno.test("judge: what moves the path, or is no target, is a fault", () => {
  const targets = [
    ...[
      "/a#b",
      "/?a#b",
      "#",
      "/a\\b",
      "\\a",
      "/a b",
      "/a\tb",
      "/a\x7f",
      "/caf\xe9",
    ],
    ...["", "a", "*", "h:80", "?a", "ftp://h/", "http:/h/", "http://", "//"]
      .filter(
        (target) => target !== "//",
      ),
    ...[
      "http://u:p@h/",
      "http://h\\x/",
      "http://h#/",
      "http://other/x",
      "http://h:81/",
    ],
  ];
  for (const target of targets) {
    assert(judged(target).fault !== null, target);
  }
});

Deno.test("judge: a target with the host that Host names is its path", () => {
  const table: [string, string, string][] = [
    ["http://h/x?y=1", "h", "/x?y=1"],
    ["HTTP://H:80", "h", "/"],
    ["https://h?x", "h:443", "/?x"],
    ["http://[::1]:8000//x", "[::1]:8000", "//x"],
  ];
  for (const [target, host, path] of table) {
    const seen = judged(target, ["Host", host]);
    assertEquals([seen.fault, seen.target, seen.host], [null, path, host]);
  }
});

Deno.test("judge: credentials in a target are never taken for its path", () => {
  assertEquals(judged("http://user:secret@h/x").target, "/x");
});

Deno.test("judge: * is for OPTIONS", () => {
  assertEquals(judged("*", ["Host", "h"], "OPTIONS").fault, null);
  assert(judged("*", ["Host", "h"], "GET").fault !== null);
});

Deno.test("judge: one Host, well-formed, and from HTTP/1.1 on a Host at all", () => {
  for (
    const fields of [
      [],
      ["Host", ""],
      ["Host", "a", "host", "a"],
      ["Host", "h\\login#"],
      ["Host", "h/x"],
      ["Host", "h?x"],
      ["Host", "a b"],
      ["Host", "u@h"],
      ["HOST", "h,i"],
    ]
  ) {
    assert(judged("/", fields).fault !== null, String(fields));
  }
  const old = judged("/", [], "GET", "1.0");
  assertEquals([old.fault, old.host], [null, ""]);
});

Deno.test("judge: framing that two readers could read in two ways is a fault", () => {
  const length = "Content-Length";
  const coding = "Transfer-Encoding";
  const faults = [
    [length, "5, 5"],
    [length, "5", length, "5"],
    [length, "5", "content-LENGTH", "6"],
    [length, "+5"],
    [length, "0x5"],
    [length, "-1"],
    [length, ""],
    [length, "9999999999999999"],
    [length, "5", coding, "chunked"],
    [coding, "chunked", coding, "chunked"],
    [coding, "gzip, chunked"],
    [coding, "chunked, identity"],
    [coding, "identity"],
    [coding, "xchunked"],
    [coding, ""],
  ];
  for (const fields of faults) {
    assert(judged("/", ["Host", "h", ...fields]).fault !== null, `${fields}`);
  }
  const framings = [[], [length, "5"], [coding, "Chunked"]].map((fields) => {
    const { fault, framing } = judged("/", ["Host", "h", ...fields]);
    return [fault, framing];
  });
  assertEquals(framings, [[null, "none"], [null, "length"], [null, "chunked"]]);
  const fields = ["Host", "h", coding, "chunked"];
  assert(judged("/", fields, "POST", "1.0").fault !== null);
  for (const version of ["0.9", "2.0", "1.2"]) {
    assert(judged("/", ["Host", "h"], "GET", version).fault !== null);
  }
});

Deno.test("judge: whatever it lets pass, everybody who parses it as a URL sees the same query and host", () => {
  const text = fc.string({ unit: "binary-ascii", maxLength: 20 });
  fc.assert(
    fc.property(text, text, (rest, host) => {
      const target = `/${rest}`;
      const { fault } = judged(target, ["Host", host]);
      if (fault !== null) return;
      const url = new URL(`http://${host}${target}`);
      assertEquals(url.username + url.password + url.hash, "");
      const query = target.indexOf("?");
      assertEquals(
        url.search.length > 0,
        query >= 0 && query < target.length - 1,
      );
      // It may resolve segments, but not add or change any.
      if (!/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(target.split("?")[0]!)) {
        assertEquals(
          url.pathname.split("/").length,
          target.split("?")[0]!.split("/").length,
        );
      }
    }),
    { numRuns: 3_000 },
  );
});
