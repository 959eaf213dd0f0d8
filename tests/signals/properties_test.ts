import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fold } from "../../lib/signals/fold.ts";
import { triesUntilNow } from "../../lib/signals/grammar.ts";
import { BIT, SIGNALS } from "../../lib/signals/signal.ts";
import { type SeenRequest, signalsOf } from "../../lib/signals/signals.ts";

const KNOWN = (1 << SIGNALS.length) - 1;

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.array(
    fc.constantFrom(
      ..."' \" ` < > ( ) { } [ ] $ % & ; | / \\ .. -- /* */ # = + , : @ ! ? %25 %u003c &# &lt; \\u003c \\x3c ${ {{ <? <script on union select or and cat jndi: \0 \r \n é 日 ＜ ‘ \ud800"
        .split(" "),
    ),
    { maxLength: 60 },
  ).map((parts) => parts.join("")),
);

Deno.test("signalsOf() never throws, tells known words only, and the same every time", () => {
  fc.assert(
    fc.property(
      fc.record({
        method: anyText,
        target: anyText.map((text) => `/${text}`),
        headers: fc.array(fc.tuple(anyText, anyText), { maxLength: 5 }),
        body: fc.option(anyText, { nil: undefined }),
        bodyType: fc.constantFrom(
          undefined,
          "",
          "application/json",
          "application/xml",
          "text/plain",
          "multipart/form-data; boundary=x",
          "application/x-www-form-urlencoded",
        ),
        protocol: fc.option(anyText, { nil: undefined }),
      }, { requiredKeys: ["method", "target", "headers"] }),
      (request) => {
        const seen = signalsOf(request as SeenRequest);
        assertEquals(seen & ~KNOWN, 0);
        assertEquals(signalsOf(request as SeenRequest), seen);
      },
    ),
    { numRuns: 1_500 },
  );
});

Deno.test("fold() makes nothing longer, and what is folded stays as it is when it holds no escapes", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const folded = fold(text);
      assert(folded.length <= new TextEncoder().encode(text).length);
      if (/^[\t\n\r -~]*$/.test(folded) && !/[%&\\]/.test(folded)) {
        assertEquals(fold(folded), folded);
      }
    }),
    { numRuns: 2_000 },
  );
});

/** Equivalent encodings of one character for the final reader. */
const ENCODINGS: ((character: string) => string)[] = [
  (c) => c,
  (c) => c.toUpperCase(),
  (c) => `%${hex(c, 2)}`,
  (c) => `%${hex(c, 2).toUpperCase()}`,
  (c) => `%25${hex(c, 2)}`,
  (c) => `%u${hex(c, 4)}`,
  (c) => `%26%23${c.charCodeAt(0)}%3b`,
  (c) => `%26%23x${hex(c, 2)}%3b`,
  (c) => `%5cu${hex(c, 4)}`,
  (c) => `%5cx${hex(c, 2)}`,
  (c) => /[!-~]/.test(c) ? encodeURIComponent(fullWidth(c)) : c,
];

const hex = (c: string, digits: number) =>
  c.charCodeAt(0).toString(16).padStart(digits, "0");
const fullWidth = (c: string) => String.fromCharCode(c.charCodeAt(0) + 0xfee0);

Deno.test("signalsOf() sees an attack through any mixture of encodings", () => {
  const payloads: [string, number][] = [
    ["<script>alert(1)</script>", BIT.xss],
    ["1'or'1'='1", BIT.sqli],
    ["../../../etc/passwd", BIT.lfi],
    ["${jndi:ldap://x/a}", BIT.jndi],
    [";cat</etc/passwd", BIT.rce],
    ["<?php`id`;", BIT.code],
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...payloads),
      fc.array(fc.constantFrom(...ENCODINGS), { minLength: 32, maxLength: 32 }),
      ([payload, signal], encodings) => {
        const sent = Array.from(payload, (c, at) => {
          const encoded = encodings[at]!(c);
          // Clients encode characters that would end the value or the request line
          return encoded === c || encoded === c.toUpperCase()
            ? encodeURIComponent(encoded)
            : encoded;
        }).join("");
        const seen = signalsOf({
          method: "GET",
          target: `/?x=${sent}`,
          headers: [],
        });
        assert((seen & signal) !== 0, sent);
      },
    ),
    { numRuns: 1_000 },
  );
});

/** Texts that cause backtracking in a recogniser. */
const PIECES =
  `' " \` ( ((( < <a <a\u0020 <script {{ {{a \${ \${a $( $a[ ../ ..\\ ..; %25 %2525 &lt; &# \\u0041 \\ = x= on on= ; ;cat | |id and or ' or  union select union\u0020all select\u0020 a,b from\u0020 /* /**/ -- # #\n //\n exec( exec\u0020( http:// http://a java.lang. __a__ [ [a /[a /? */ / . , : :: -> @ @{ ! * ~ ^ + & && 0x 1,2 cat\u0020 for\u0020 case\u0020when\u0020 a aaaa\u0020 é ＜ \0`
    .split(" ").filter((piece) => piece !== "");

Deno.test("signalsOf() tries a bounded number of patterns, and twice as many for twice the text", () => {
  const places: ((text: string) => Omit<SeenRequest, "method">)[] = [
    (text) => ({ target: `/?x=${text.replaceAll("&", "%26")}`, headers: [] }),
    (text) => ({ target: `/${text}`, headers: [] }),
    (text) => ({ target: "/", headers: [["x-a", text]] }),
    (text) => ({ target: "/", headers: [["cookie", `a=${text}`]] }),
    (text) => ({
      target: "/",
      headers: [],
      body: `x=${text}`,
      bodyType: "application/x-www-form-urlencoded",
    }),
    (text) => ({
      target: "/",
      headers: [],
      body: JSON.stringify([text]),
      bodyType: "application/json",
    }),
  ];
  const tries = (request: Omit<SeenRequest, "method">) => {
    const before = triesUntilNow();
    signalsOf({ method: "GET", ...request });
    return triesUntilNow() - before;
  };
  for (const piece of PIECES) {
    for (const place of places) {
      const text = (length: number) =>
        piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
      const short = tries(place(text(3_000)));
      const long = tries(place(text(6_000)));
      // A text is read once as sent, once by its segments or without quotes, once without comments
      assert(short <= 4_000, `${piece}: ${short}`);
      assert(long <= 2 * short + 1_000, `${piece}: ${short}, ${long}`);
    }
  }
});

Deno.test("signalsOf() looks at no more than it says, however long a request is", () => {
  const before = triesUntilNow();
  signalsOf({
    method: "GET",
    target: `/?x=${"' (select ".repeat(200_000)}`,
    headers: Array.from({ length: 200 }, (_, n): [string, string] => [
      `x-${n}`,
      "(select ' ".repeat(1_000),
    ]),
    body: `x=${"' (select ".repeat(200_000)}`,
  });
  assert(triesUntilNow() - before < 100_000, String(triesUntilNow() - before));
});
