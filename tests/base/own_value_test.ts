import { assertEquals } from "@std/assert";
import { ownValue } from "../../lib/base/own_value.ts";

Deno.test("ownValue() finds what a table holds, and nothing that it inherits", () => {
  const table = { a: 1 };
  assertEquals(ownValue(table, "a"), 1);
  for (const name of ["b", "constructor", "__proto__", "toString", "", null]) {
    assertEquals(ownValue(table, name), undefined, String(name));
  }
});
