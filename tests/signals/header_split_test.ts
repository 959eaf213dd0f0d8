import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ofEncoding } from "../../lib/signals/protocol.ts";
import { BIT } from "../../lib/signals/signal.ts";

/** The rule as a pattern, which takes hundreds of nanoseconds for each line end. */
const SPLIT =
  /(?:%0d(?!%0a)|%0[ad](?:%0[ad]|%20|\+|%09){0,6}(?:[=:]|[a-z][\w-]{1,40}(?:%3a|:)(?:%20|\+|%09|$)|[a-z]{2,12}=|(?:set-cookie|location|content-(?:type|length))\b|http(?:%2f|\/)[\d.]|(?:<|%3c)(?:html|meta|script)|(?:get|post|head|put)(?:\+|%20)[^ ]{1,80}(?:\+|%20)http))/i;
/** The same for line ends that are encoded twice. */
const TWICE =
  /%25(?:0|%30)[ad](?:set-cookie|location|content-(?:type|length))\b/i;

const pieces = fc.constantFrom(
  ...["%0a", "%0A", "%0d%0a", "%0d", "%250a", "%250d", "%20", "+", "%09"],
  ...["=", ":", "%3a", "%3A", "/", "%2f", "<", "%3c", " ", "-", "_", "."],
  ...["a", "Z", "9", "x-y", "abcdefghijklm", "a".repeat(39), "b".repeat(80)],
  ...["set-cookie", "Location", "CONTENT-TYPE", "content-length", "http"],
  ...[
    "get",
    "POST",
    "head",
    "put",
    "put-+x+http",
    "get+x+http",
    "HTTP",
    "html",
    "meta",
    "script",
    "\u212a",
  ],
);

Deno.test("header split: by characters as by the pattern, whatever stands behind a line end", () => {
  let split = 0;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = `a=${parts.join("")}`;
      const wanted = SPLIT.test(text) || TWICE.test(text);
      if (wanted) split++;
      assertEquals(ofEncoding(text), wanted ? BIT.protocol : 0, text);
    }),
    { numRuns: 20_000 },
  );
  assertEquals(split > 1_000, true, `${split}`);
});

Deno.test("header split: texts of several lines are none", () => {
  for (
    const text of [
      "milk%0Aget eggs%0Aput them away",
      "get+milk%0aget+eggs%0aput+them+away",
      "one%0d%0a%0d%0atwo%0d%0a  three",
      "first%0a- second%0a* third%0a1. fourth",
      "location%0alocal%0ahttpd",
    ]
  ) assertEquals(ofEncoding(`text=${text}`), 0, text);
});
