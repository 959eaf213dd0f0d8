import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { SignIndex } from "../../lib/bots/sign_index.ts";

const index = (...signs: [sign: string, rank?: number][]) =>
  new SignIndex(
    signs.map(([sign, rank = 1]) => ({ sign, rank, value: sign })),
  );

Deno.test("SignIndex finds a sign where a word begins, whatever its case", () => {
  const found = index(["Googlebot"], ["curl/"]);
  assertEquals(
    found.find("Mozilla/5.0 (compatible;GOOGLEBOT/2.1)"),
    "Googlebot",
  );
  assertEquals(found.find("curl/8.14.1"), "curl/");
  assertEquals(found.find("libcurl/8"), undefined);
});

Deno.test("SignIndex does not find a sign in a longer word", () => {
  assertEquals(index(["Odin"]).find("Odinga/1.0"), undefined);
  assertEquals(index(["Odin"]).find("OdinBot/1.0"), "Odin");
  assertEquals(index(["Odin/"]).find("odin/2"), "Odin/");
});

Deno.test("SignIndex prefers rank, then the first, then the longest", () => {
  const found = index(["aaa"], ["bbb", 2], ["ccc", 2], ["ccc-ddd", 2]);
  assertEquals(found.find("aaa bbb"), "bbb");
  assertEquals(found.find("ccc bbb"), "ccc");
  assertEquals(found.find("ccc-ddd"), "ccc-ddd");
});

Deno.test("SignIndex finds what must come first only there, or in a browser's name", () => {
  const found = new SignIndex([
    { sign: "okhttp", value: 1, rank: 1, isFirst: true },
  ]);
  assertEquals(found.find("okhttp/4.12.0"), 1);
  assertEquals(found.find("DAVx5/4.4 (okhttp/4.12.0)"), undefined);
  assertEquals(found.find("Mozilla/5.0 (okhttp/4.12.0)"), 1);
});

Deno.test("SignIndex refuses signs that are too short to tell apart", () => {
  assertThrows(() => index(["ab"]), RangeError, 'look for "ab"');
});

Deno.test("SignIndex finds what a search sign by sign finds", () => {
  const letters = fc.string({
    unit: fc.constantFrom("a", "b", "B", "/", " ", "1"),
    minLength: 3,
    maxLength: 5,
  });
  fc.assert(fc.property(
    fc.uniqueArray(letters, { maxLength: 8, selector: (s) => s.toLowerCase() }),
    fc.string({ unit: fc.constantFrom("a", "b", "B", "/", " ", "1") }),
    (signs, text) => {
      const isWord = (c: string | undefined) =>
        c !== undefined && /[a-z0-9]/i.test(c);
      let expected: string | undefined;
      for (let at = 0; at < text.length && expected === undefined; at++) {
        if (isWord(text[at]) && isWord(text[at - 1])) continue;
        expected = signs.filter((sign) => {
          const end = text[at + sign.length];
          return text.slice(at, at + sign.length).toLowerCase() ===
              sign.toLowerCase() &&
            !(/[a-z]$/i.test(sign) && end !== undefined && /[a-z]/.test(end));
        }).sort((a, b) => b.length - a.length)[0];
      }
      const found = index(...signs.map((sign): [string] => [sign])).find(text);
      assertEquals(found, expected);
    },
  ));
});
