import { assertEquals } from "@std/assert";
import { own } from "../../lib/console/own.ts";

Deno.test("own() finds what a table holds, and nothing that it inherits", () => {
  const table = { a: 1 };
  assertEquals(own(table, "a"), 1);
  for (const name of ["b", "constructor", "__proto__", "toString", "", null]) {
    assertEquals(own(table, name), undefined, String(name));
  }
});
