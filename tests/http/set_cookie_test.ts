import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cookieField } from "../../lib/http/set_cookie.ts";

const PLAIN = { path: "/", secure: false, maxAgeMs: 90_500 };

Deno.test("cookieField() says what a browser may do with it, and no more", () => {
  assertEquals(
    cookieField("a", "b.c_d-e=", PLAIN),
    "a=b.c_d-e=; HttpOnly; SameSite=Lax; Path=/; Max-Age=90",
  );
  assertEquals(
    cookieField("__Secure-a", "b", { ...PLAIN, path: "/x", secure: true }),
    "__Secure-a=b; Secure; HttpOnly; SameSite=Lax; Path=/x; Max-Age=90",
  );
  assertEquals(
    cookieField("a", "", { ...PLAIN, maxAgeMs: 0 }),
    "a=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
  );
});

for (
  const [name, value, path] of [
    ["", "v", "/"],
    ["a b", "v", "/"],
    ["a=b", "v", "/"],
    ["a", "v; Domain=evil.example", "/"],
    ["a", "v\r\nSet-Cookie: b=c", "/"],
    ["a", 'quo"ted', "/"],
    ["a", "v,w", "/"],
    ["a", "ä", "/"],
    ["a", "v\u0000", "/"],
    ["a", "v", "relative"],
    ["a", "v", "/; Secure"],
    ["a", "v", "/\n"],
    ["a", "v\n", "/"],
  ] as const
) {
  Deno.test(`cookieField() throws for ${JSON.stringify([name, value, path])}`, () => {
    const error = assertThrows(
      () => cookieField(name, value, { ...PLAIN, path }),
      TypeError,
      "Cannot set a cookie",
    );
    // Its value is a secret.
    assert(value.length < 3 || !error.message.includes(value));
  });
}

Deno.test("cookieField(): whatever the value, it is refused or read back as it was, with nothing beside it", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
    let field: string;
    try {
      field = cookieField("a", value, PLAIN);
    } catch (error) {
      assert(error instanceof TypeError);
      return;
    }
    const [pair, ...others] = field.split("; ");
    assertEquals(pair, `a=${value}`);
    assertEquals(others.length, 4);
    new Headers({ "set-cookie": field });
  }));
});
