import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { csvLine } from "../../lib/base/csv.ts";
import { escapeTerminal } from "../../lib/base/text.ts";
import { csvRows } from "../../lib/base/csv_rows.ts";

Deno.test("csvRows() reads lines, cells and quotations", () => {
  const table: [string, string[][]][] = [
    ["", []],
    ["\n\r\n \n", []],
    ["a", [["a"]]],
    ["\ufeffa,b\r\nc , d\n", [["a", "b"], ["c", "d"]]],
    ['\ufeff"a,b",c', [["a,b", "c"]]],
    ['"a,b","c""d","e\nf"\n', [["a,b", 'c"d', "e\nf"]]],
    ["a,\n,b", [["a", ""], ["", "b"]]],
    ["a,", [["a", ""]]],
    ['"never ended, a\nb', [['"never ended', "a"], ["b"]]],
    ['"a"junk,b', [["a", "b"]]],
  ];
  for (const [text, rows] of table) {
    assertEquals([...csvRows(text)], rows, text);
  }
});

Deno.test("csvRows() reads what csvLine() wrote", () => {
  const cell = fc.string({ unit: "grapheme" }).map((text) => `x${text}`);
  fc.assert(fc.property(
    fc.array(fc.array(cell, { minLength: 1, maxLength: 5 })),
    (rows) => {
      // Unquoted cells lose the surrounding spaces.
      const trimmed = rows.map((row) => row.map((text) => text.trim()));
      const text = trimmed.map((row) => csvLine(row)).join("");
      const inert = trimmed.map((row) => row.map(escapeTerminal));
      assertEquals([...csvRows(text)], inert);
    },
  ));
});

Deno.test("csvRows() comes to an end, whatever it is given", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    for (const _ of csvRows(text));
  }));
});
