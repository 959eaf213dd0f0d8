import { assertEquals, assertThrows } from "@std/assert";
import { oneOf } from "../../lib/base/one_of.ts";
import { Refusal } from "../../lib/base/refusal.ts";

Deno.test("oneOf() is the word itself, or a refusal that names all of them", () => {
  assertEquals(oneOf(["a", "b"], "b", "choose"), "b");
  for (
    const [list, expected] of [
      [["a"], "expected a"],
      [["a", "b"], "expected a or b"],
      [["a", "b", "c"], "expected a, b or c"],
    ] as const
  ) {
    const error = assertThrows(
      () => oneOf(list, "x\x1b", "choose"),
      Refusal,
    ) as Refusal;
    assertEquals(error.message, `Cannot choose "x\\u001b": ${expected}`);
    assertEquals(error.kind, "invalid");
  }
  assertThrows(() => oneOf(["a"], "A", "choose"), Refusal);
});
