import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cutBytes, escapeControl, wellFormed } from "../../lib/base/text.ts";

const encoder = new TextEncoder();
const bytes = (text: string) => encoder.encode(text).length;
const anyText = () => fc.string({ unit: "binary", maxLength: 60 });
/** Random UTF-16 units, including lone surrogates. */
const rawText = () =>
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
    .map((units) => String.fromCharCode(...units));

Deno.test("cutBytes() keeps what fits and never splits a code point", () => {
  const table: [string, number, string][] = [
    ["", 0, ""],
    ["abc", 3, "abc"],
    ["abcd", 3, "abc"],
    ["abc", 0, ""],
    ["é", 1, ""],
    ["é", 2, "é"],
    ["aé", 2, "a"],
    ["東京", 5, "東"],
    ["東京", 6, "東京"],
    ["😀", 3, ""],
    ["😀", 4, "😀"],
    ["a😀b", 5, "a😀"],
    ["\ud83d", 2, ""],
    ["\ud83d", 3, "\ufffd"],
    ["a\udc00b", 5, "a\ufffdb"],
  ];
  for (const [text, max, expected] of table) {
    assertEquals(cutBytes(text, max), expected, `${text} ${max}`);
  }
});

Deno.test("cutBytes() is the longest beginning that fits, for any text", () => {
  fc.assert(
    fc.property(
      fc.oneof(anyText(), rawText()),
      fc.nat(80),
      (text, max) => {
        const cut = cutBytes(text, max);
        const whole = wellFormed(text);
        assertEquals(cut.isWellFormed(), true);
        assertEquals(whole.startsWith(cut), true);
        assertEquals(bytes(cut) <= max, true);
        const next = [...whole.slice(cut.length)][0];
        if (next !== undefined) {
          assertEquals(bytes(cut + next) > max, true);
        }
      },
    ),
  );
});

Deno.test("cutBytes() refuses a length that is no length", () => {
  for (const max of [-1, 1.5, NaN, Infinity]) {
    assertThrows(() => cutBytes("a", max), RangeError, "expected a whole");
  }
});

Deno.test("wellFormed() replaces lone surrogates and nothing else", () => {
  assertEquals(wellFormed("a\ud800b"), "a\ufffdb");
  assertEquals(wellFormed("\udc00\ud800"), "\ufffd\ufffd");
  assertEquals(wellFormed("😀 東京 é"), "😀 東京 é");
});

Deno.test("escapeControl() writes out what would move a terminal", () => {
  const table: [string, string][] = [
    ["/a\r\nINFO forged", "/a\\r\\nINFO forged"],
    ["\x1b[2J\x1b]0;x\x07", "\\x1b[2J\\x1b]0;x\\x07"],
    ["\x9b31m", "\\x9b31m"],
    ["a\0b", "a\\x00b"],
    ["a\tb\x7f", "a\\tb\\x7f"],
    ["\u202egnp.exe", "\\u202egnp.exe"],
    ["\u2066x\u2069", "\\u2066x\\u2069"],
    ["a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\x85d"],
    ["zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"],
    ["tag\u{e0041}", "tag\\u{e0041}"],
    ["lone\ud800", "lone\\ud800"],
    ["/search?q=%0d%0a", "/search?q=%0d%0a"],
    ["Łódź 東京 😀 <b>", "Łódź 東京 😀 <b>"],
  ];
  for (const [text, expected] of table) {
    assertEquals(escapeControl(text), expected);
  }
});

Deno.test("escapeControl() gives one printable line for any text", () => {
  fc.assert(
    fc.property(fc.oneof(anyText(), rawText()), (text) => {
      const line = escapeControl(text);
      assertEquals(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line), false);
      assertEquals(line.isWellFormed(), true);
      assertEquals(escapeControl(line), line);
    }),
  );
});
