import { assertEquals, assertThrows } from "@std/assert";
import { getSetCookies } from "npm:deno-std@1.4.0/http/cookie.js";
import { setCookieField } from "../../lib/http/set_cookie.ts";

const COOKIE = {
  name: "__Host-portcullis",
  value: "abc_-123",
  maxAge: 600,
  path: "/",
  secure: true,
};

Deno.test("setCookieField() is read by the standard library as what it was made of", () => {
  const headers = new Headers({ "set-cookie": setCookieField(COOKIE) });
  assertEquals(getSetCookies(headers), [{
    ...COOKIE,
    httpOnly: true,
    sameSite: "Lax",
  }]);
});

Deno.test("setCookieField() takes a cookie away at once", () => {
  assertEquals(
    setCookieField({ ...COOKIE, value: "", maxAge: 0, secure: false }),
    "__Host-portcullis=; HttpOnly; Max-Age=0; SameSite=Lax; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
  );
});

for (
  const part of [
    { name: "a b" },
    { name: "" },
    { name: "a=b" },
    { value: "a;b" },
    { value: "a\r\nb" },
    { value: 'a"b' },
    { path: "x" },
    { path: "/;a" },
    { path: "/\n" },
  ]
) {
  Deno.test(`setCookieField() refuses ${JSON.stringify(part)}`, () => {
    assertThrows(() => setCookieField({ ...COOKIE, ...part }), TypeError);
  });
}
