import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  JsoncError,
  lineAndColumn,
  parseJsonc,
  valueOf,
} from "../../lib/policy/jsonc.ts";

Deno.test("whatever JSON holds is read as JSON.parse reads it", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, pad) => {
    const text = JSON.stringify(value, null, pad);
    assertEquals(valueOf(parseJsonc(text)), JSON.parse(text));
  }));
});

Deno.test("comments, trailing commas and a byte order mark are passed over", () => {
  const text =
    '\ufeff// first\n{ /* a */ "a": [1, 2,], // b\r\n "b": "//no" ,}\n// end';
  assertEquals(valueOf(parseJsonc(text)), { a: [1, 2], b: "//no" });
});

Deno.test("a name of the prototype is a name like any other", () => {
  const node = parseJsonc('{"__proto__": 1}');
  assertEquals(Object.keys(valueOf(node) as object), ["__proto__"]);
});

const WRONG: [text: string, line: number, column: number, expected: string][] =
  [
    ["", 1, 1, "a value"],
    ["{", 1, 2, 'a name in double quotes or "}"'],
    ["[1 2]", 1, 4, '"," or "]"'],
    ["[1]\n]", 2, 1, "the end of the text"],
    ['{"a" 1}', 1, 6, '":"'],
    ['{"a": 1\n "b": 2}', 2, 2, '"," or "}"'],
    ['{"a": 1, "a": 2}', 1, 10, '"a" only once'],
    ["{'a': 1}", 1, 2, 'a name in double quotes or "}"'],
    ['["a\nb"]', 1, 4, "the end of a string"],
    ['["\\x"]', 1, 2, "a string as JSON has it"],
    ['["', 1, 3, "the end of a string"],
    ["/* a", 1, 1, "*/ after this comment"],
    ["[01]", 1, 3, '"," or "]"'],
    ["[undefined]", 1, 2, "a value"],
    ["[NaN]", 1, 2, "a value"],
    ["[,]", 1, 2, "a value"],
    ["[".repeat(100_000), 1, 34, "at most 32 levels"],
  ];
for (const [text, line, column, expected] of WRONG) {
  Deno.test(`${JSON.stringify(text.slice(0, 20))} is refused at ${line}:${column}`, () => {
    const error = assertThrows(() => parseJsonc(text), JsoncError);
    assertEquals(error.message, `expected ${expected}`);
    assertEquals(lineAndColumn(text, error.at), { line, column });
  });
}

Deno.test("no text makes the reader throw anything but its own error", () => {
  const piece = fc.constantFrom(
    ...'{}[],:"\\/*\n 1-e.'.split(""),
    "true",
    "nul",
    "//",
    "\u0000",
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      try {
        parseJsonc(pieces.join(""));
      } catch (error) {
        if (!(error instanceof JsoncError)) throw error;
      }
    }),
    { numRuns: 2_000 },
  );
});
