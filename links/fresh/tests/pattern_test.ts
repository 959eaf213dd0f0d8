import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { compilePattern } from "../src/pattern.ts";

Deno.test("pattern: compiled forms mean what URLPattern means", () => {
  const patterns = [
    "/:a",
    "/a/:b",
    "/a/:b?",
    "/a/:b*",
    "/a/:b+",
    "/:a/b/:c",
    "/a/*",
    "/:a.json",
    "/x-:a",
    "/:a-:b",
    "/:a?/b",
    "/é/:a",
    "/a/:b*/c",
  ];
  const part = fc.constantFrom(
    "a",
    "b",
    "c",
    "x-1",
    "1.json",
    "a-b",
    "%C3%A9",
    "",
  );
  const path = fc.array(part, { maxLength: 5 })
    .map((parts) => "/" + parts.join("/"));
  for (const pattern of patterns) {
    const match = compilePattern(pattern);
    const expected = new URLPattern({ pathname: pattern });
    fc.assert(
      fc.property(path, (pathname) => {
        assertEquals(
          match(pathname),
          expected.exec({ pathname })?.pathname.groups ?? null,
          `${pattern} on ${pathname}`,
        );
      }),
      { numRuns: 60 },
    );
  }
});
