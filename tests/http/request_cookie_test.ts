import { assertEquals } from "@std/assert";
import { requestCookie } from "../../lib/http/request_cookie.ts";

for (
  const [field, expected] of [
    ["a=1", "1"],
    ["b=2; a=1", "1"],
    ["b=2;a=1 ;c", "1"],
    ["a=1; a=2", "1"],
    ["a=x=y", "x=y"],
    ["a=", ""],
    ["=; ;;=x; a=1", "1"],
    ["", null],
    ["=", null],
    ["a", null],
    ["ab=1", null],
    ["A=1", null],
    ["; ".repeat(30_000), null],
  ] as const
) {
  Deno.test(`requestCookie() reads ${JSON.stringify(field.slice(0, 30))} as ${JSON.stringify(expected)}`, () => {
    assertEquals(requestCookie(new Headers({ cookie: field }), "a"), expected);
  });
}

Deno.test("requestCookie() reads a request without cookies as null", () => {
  assertEquals(requestCookie(new Headers(), "a"), null);
});
