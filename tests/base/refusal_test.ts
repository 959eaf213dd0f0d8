import { assert, assertEquals } from "@std/assert";
import { Refusal } from "../../lib/base/refusal.ts";

Deno.test("a refusal's kind says by which status it is answered", () => {
  for (
    const [kind, status] of [
      ["malformed", 400],
      ["unauthenticated", 401],
      ["forbidden", 403],
      ["missing", 404],
      ["too_slow", 408],
      ["conflict", 409],
      ["gone", 410],
      ["too_large", 413],
      ["media_type", 415],
      ["invalid", 422],
      ["busy", 503],
    ] as const
  ) {
    const refusal = new Refusal(kind, "Cannot do that");
    assertEquals([refusal.kind, refusal.status], [kind, status]);
  }
});

Deno.test("as() is the same refusal about something else, and keeps the first as its cause", () => {
  const first = new Refusal("invalid", "Cannot read it");
  const second = first.as("conflict");
  assert(second instanceof Refusal);
  assertEquals([second.message, second.status], ["Cannot read it", 409]);
  assertEquals(second.cause, first);
});
