import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cursorOf } from "../../lib/base/cursor.ts";
import { Refusal } from "../../lib/base/refusal.ts";

Deno.test("cursorOf(): reads what it wrote, as letters that a URL holds as they are", () => {
  const cursor = cursorOf("number", "text");
  fc.assert(fc.property(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ maxLength: 60, unit: "binary" }),
    (number, text) => {
      const written = cursor.write([number, text]);
      assertEquals(/^[\w-]+$/.test(written), true);
      const read = cursor.read(written);
      // JSON has no negative zero.
      assertEquals(read, [number + 0, text]);
    },
  ));
});

Deno.test("cursorOf(): no cursor is no place", () => {
  const cursor = cursorOf("text");
  for (const none of [null, undefined, ""]) {
    assertEquals(cursor.read(none), null);
  }
});

Deno.test("cursorOf(): refuses what this kind of list did not write", () => {
  const cursor = cursorOf("number", "text");
  const foreign = [
    cursorOf("text").write(["a"]),
    cursorOf("text", "number").write(["a", 1]),
    cursorOf("number", "text", "text").write([1, "a", "b"]),
    ...["null", "{}", "[null,null]", '["1","a"]', "[1e999,1]"].map(base64url),
    ...["page2", "a b", "=", "\0", "é", "/".repeat(8), "A".repeat(600)],
    base64url(JSON.stringify([1, "a".repeat(600)])),
  ];
  for (const text of foreign) {
    assertThrows(() => cursor.read(text), Refusal, "Cannot read cursor");
  }
});

Deno.test("cursorOf(): reads a cursor of 512 characters, and none that is longer", () => {
  const cursor = cursorOf("text");
  const place = "a".repeat(380);
  assertEquals(cursor.write([place]).length, 512);
  assertEquals(cursor.read(cursor.write([place])), [place]);
  assertThrows(() => cursor.read(cursor.write([`${place}a`])), Refusal);
});

function base64url(text: string): string {
  return new TextEncoder().encode(text).toBase64({ alphabet: "base64url" });
}
