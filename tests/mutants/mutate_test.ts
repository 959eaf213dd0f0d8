import { assertEquals } from "@std/assert";
import { mutantsOf, mutated } from "./mutate.ts";

function changes(source: string): string[] {
  return mutantsOf(source).map((mutant) => mutated(source, mutant));
}

Deno.test("mutantsOf() changes operators, numbers, conditions and statements, one at a time", () => {
  assertEquals(changes("if (a < 10) b();"), [
    "if (false) b();",
    "if (a <= 10) b();",
    "if (a < 11) b();",
    "if (a < 10) ;",
  ]);
  assertEquals(changes("const x = !a && Math.floor(b);"), [
    "const x = !a || Math.floor(b);",
    "const x = a && Math.floor(b);",
    "const x = !a && Math.ceil(b);",
  ]);
});

Deno.test("mutantsOf() leaves types and the words of errors alone", () => {
  assertEquals(
    changes("type A = 1 | 2;\nconst f = (x: 1 | true) => x;"),
    [],
  );
  assertEquals(changes("throw new RangeError(`${1 + 1}`);"), []);
});

Deno.test("mutantsOf() says in which line a mutant is", () => {
  assertEquals(
    mutantsOf("let a;\n\na = b;").map(({ line }) => line),
    [3],
  );
});
