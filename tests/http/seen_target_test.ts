import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  authorityFault,
  faultOf,
  pathOfTarget,
  sentTarget,
} from "../../lib/http/received_url.ts";
import { recordedPath } from "../../lib/http/record_fields.ts";
import { seenTarget } from "../../lib/http/seen_target.ts";
import { type SeenFields, signalsOf } from "../../lib/signals/signals.ts";

const PIECES = [
  ..."/?#\\&=%.a1 ",
  "/etc/passwd",
  "..",
  "%2e",
  "<script>",
  "' or 1=1--",
  "http://evil.example/x",
  "http://a.example/y",
  "Ä",
];
const target = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 })
  .map((pieces) => `/${pieces.join("")}`);
const host = fc.constantFrom(
  "a.example",
  "b.example",
  "a.example:8000",
  "a",
  "a\\b",
  "",
);

Deno.test("seenTarget() says of a target what is said of it without being remembered", () => {
  fc.assert(
    fc.property(target, host, host, (target, host, authority) => {
      const url = `http://${authority}${target}`;
      const sent = sentTarget(url, host);
      for (let time = 0; time < 2; time++) {
        const seen = seenTarget(sent);
        assertEquals(seen.target, sent);
        assertEquals(seen.path, pathOfTarget(sent));
        assertEquals(seen.recorded, recordedPath(seen.path));
        assertEquals(
          authorityFault(url, host) ?? seen.fault,
          faultOf(url, host),
        );
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("what a remembered target shows is what it shows by itself, for every method and host", () => {
  const method = fc.constantFrom(
    "GET",
    "POST",
    "PUT",
    "PROPFIND",
    "CONNECT",
    "FOO",
  );
  fc.assert(
    fc.property(
      target,
      fc.array(fc.tuple(method, host), { maxLength: 6 }),
      (target, asked) => {
        const memory = seenTarget(target);
        for (const [method, host] of asked) {
          const headers: SeenFields = host === "" ? [] : ["host", host];
          const seen = { method, target, headers };
          assertEquals(signalsOf({ ...seen, memory }), signalsOf(seen));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("a target that is longer than any that is remembered is seen anew", () => {
  const long = `/${"a".repeat(5_000)}?b`;
  assertEquals(seenTarget(long) === seenTarget(long), false);
  assertEquals(seenTarget("/short") === seenTarget("/short"), true);
});
