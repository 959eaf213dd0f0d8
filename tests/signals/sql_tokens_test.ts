import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fingerprint } from "../../lib/signals/sql_tokens.ts";

Deno.test("fingerprint() writes one letter a token", () => {
  const table: [text: string, quote: string, print: string][] = [
    ["", "", ""],
    ["1 or 1=1", "", "n&non"],
    ["1' or 1=1--", "'", "s&nonc"],
    ["1' or '1'='1", "'", "s&sos"],
    ["admin'--", "'", "sc"],
    ["admin' -- and then a long remark about it", "'", "sC"],
    ["-1 union all select null,@@version", "", "anuken,v"],
    ["x'||(select 1)||'", "'", "s&(en)&s"],
    ["select sleep (5)", "", "ef(n)"],
    ["'a'::jsonb <@ 'b'", "", "sjTJs"],
    ["'a' ? 'b'", "", "sJs"],
    ["what 'is' this?", "", "bsbx"],
    ["$('#id')", "'", "sxbsb".slice(0, 3) + "s"],
    ["/*!50000union*/ select", "", "ue"],
    ["a/* b */b", "", "bb"],
    ["it's", "'", "sb"],
    ["'it''s' or", "", "s&"],
    ["'a\\'b' or", "", "s&"],
    ["no quote", "'", ""],
  ];
  for (const [text, quote, print] of table) {
    assertEquals(fingerprint(text, 0, quote), print, text);
  }
});

Deno.test("fingerprint() reads a bounded part of any text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 3_000 }),
      fc.constantFrom("", "'", '"'),
      (text, quote) => {
        assertEquals(fingerprint(text, 0, quote).length <= 97, true);
      },
    ),
  );
});
