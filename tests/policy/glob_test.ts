import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compileGlob, globCovers } from "../../lib/policy/glob.ts";

/** The same by a regular expression, whose cost is unbounded. */
function naive(pattern: string, text: string): boolean {
  const source = pattern.split("*").map((part) =>
    part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  ).join(".*");
  return new RegExp(`^${source}$`, "s").test(text);
}

const piece = fc.string({
  unit: fc.constantFrom("a", "b", "/", "\n"),
  maxLength: 14,
});
const glob = fc.array(piece, { maxLength: 4 }).map((parts) => parts.join("*"));

Deno.test("a glob fits what the regular expression of it fits", () => {
  fc.assert(
    fc.property(glob, piece, piece, (pattern, a, b) => {
      for (const text of [a, a + b, pattern.replaceAll("*", a)]) {
        assertEquals(compileGlob(pattern)(text), naive(pattern, text));
      }
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("a glob that is said to cover another fits all that the other fits", () => {
  fc.assert(
    fc.property(glob, glob, piece, (outer, inner, text) => {
      fc.pre(globCovers(outer, inner));
      const example = inner.replaceAll("*", text);
      assert(compileGlob(outer)(example), `${outer} ${inner} ${example}`);
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("nothing but * is special", () => {
  assertEquals(compileGlob("/a.c")("/abc"), false);
  assertEquals(compileGlob("/a?c")("/abc"), false);
  assertEquals(compileGlob("/[ab]")("/a"), false);
  assertEquals(compileGlob("/api/*")("/api"), false);
  assertEquals(compileGlob("/api/*")("/api/"), true);
});

Deno.test("head and tail of a glob do not share characters", () => {
  assertEquals(compileGlob("/aba*aba")("/aba"), false);
  assertEquals(compileGlob("*ab*b")("ab"), false);
});

Deno.test("a pattern made to be slow looks at each character a few times", () => {
  // The matcher's character reads are counted by a text object that counts.
  const text = "a".repeat(20_000);
  const pattern = `*${"a".repeat(250)}b*`;
  let looks = 0;
  const counting = {
    length: text.length,
    startsWith: () => true,
    endsWith: () => true,
    charCodeAt: (i: number) => (looks++, text.charCodeAt(i)),
  };
  assertEquals(compileGlob(pattern)(counting as unknown as string), false);
  assert(looks <= 2 * text.length, `${looks} looks`);
});
