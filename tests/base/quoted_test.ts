import { assertEquals } from "@std/assert";
import { quoted } from "../../lib/base/quoted.ts";

Deno.test("quoted() cuts after 64 characters, and says so", () => {
  assertEquals(quoted(""), '""');
  assertEquals(quoted("a".repeat(64)), `"${"a".repeat(64)}"`);
  assertEquals(quoted(`b${"a".repeat(64)}`), `"b${"a".repeat(63)}…"`);
});

Deno.test("quoted() writes out what a terminal acts on, in four digits", () => {
  for (
    const [text, expected] of [
      ["\x1b[2J", '"\\u001b[2J"'],
      ['a"b\\c\n', '"a\\"b\\\\c\\n"'],
      ["\x7f\x9b", '"\\u007f\\u009b"'],
      ["\u202e\u2066\ufeff\u200b", '"\\u202e\\u2066\\ufeff\\u200b"'],
      ["naïve 日本", '"naïve 日本"'],
    ] as const
  ) assertEquals(quoted(text), expected);
});
