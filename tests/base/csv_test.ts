import { assertEquals } from "@std/assert";
import { csvLine } from "../../lib/base/csv.ts";

Deno.test("csvLine() quotes what would end a cell or a line, and doubles quotes (RFC 4180)", () => {
  assertEquals(
    csvLine(["a", "b,c", 'say "no"', "x\ny", "x\ry", ""]),
    'a,"b,c","say ""no""","x\ny","x\ry",\r\n',
  );
  assertEquals(csvLine([1, -2.5, true, false, null]), "1,-2.5,true,false,\r\n");
});

Deno.test("csvLine() lets no cell be a formula, and writes out what a terminal acts on", () => {
  for (const sign of ["=", "+", "-", "@", "|", "%", "\t"]) {
    const cell = `${sign}1+1`;
    assertEquals(csvLine([cell]), `'${cell}\r\n`);
    // Numbers are not untrusted texts.
    assertEquals(csvLine([-1]), "-1\r\n");
  }
  assertEquals(csvLine(["a=1"]), "a=1\r\n");
  assertEquals(csvLine(["\x1b[2J\u202e"]), "\\x1b[2J\\u202e\r\n");
});
