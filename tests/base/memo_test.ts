import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { memo } from "../../lib/base/memo.ts";

function counting(most?: number, longest?: number) {
  const made: string[] = [];
  const of = memo(
    (text) => {
      made.push(text);
      return `<${text}>`;
    },
    most,
    longest,
  );
  return { made, of };
}

Deno.test("memo() makes something of a text once", () => {
  const { made, of } = counting();
  for (const text of ["a", "", "a", "b", "", "a"]) {
    assertEquals(of(text), `<${text}>`);
  }
  assertEquals(made, ["a", "", "b"]);
});

Deno.test("memo() tells texts apart that fall into one place", () => {
  const { of } = counting();
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 9 })),
      (texts) => {
        for (const text of texts) assertEquals(of(text), `<${text}>`);
      },
    ),
  );
});

Deno.test("memo() begins anew once it holds as many as it may", () => {
  const { made, of } = counting(2);
  // Of one length, and equal at the sampled positions: they share a slot.
  for (
    const text of [
      "1yyyyyyyyyyy",
      "2yyyyyyyyyyy",
      "3yyyyyyyyyyy",
      "1yyyyyyyyyyy",
    ]
  ) of(text);
  assertEquals(made, [
    "1yyyyyyyyyyy",
    "2yyyyyyyyyyy",
    "3yyyyyyyyyyy",
    "1yyyyyyyyyyy",
  ]);
});

Deno.test("memo() does not remember what is longer than it may be", () => {
  const { made, of } = counting(8, 3);
  for (const text of ["abc", "abcd", "abc", "abcd"]) of(text);
  assertEquals(made, ["abc", "abcd", "abcd"]);
});
