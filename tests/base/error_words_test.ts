import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { messageOf, stackOf } from "../../lib/base/error_words.ts";

Deno.test("messageOf() and stackOf() say what was thrown, an error's place too", () => {
  const error = new TypeError("out of range");
  assertEquals(messageOf(error), "out of range");
  assertStringIncludes(stackOf(error), "TypeError: out of range");
  assertStringIncludes(stackOf(error), "error_words_test.ts");
  error.stack = undefined;
  assertEquals(stackOf(error), "out of range");
  for (const other of ["a text", 7, null, undefined]) {
    assertEquals(messageOf(other), String(other));
    assertEquals(stackOf(other), String(other));
  }
  assert(!messageOf(error).includes("TypeError"));
});
