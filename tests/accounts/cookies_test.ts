import { sessionCookie } from "../../lib/accounts/cookies.ts";
import { assertEquals } from "@std/assert";

function attributes(headers: Headers): Set<string> {
  return new Set(headers.get("set-cookie")?.split("; "));
}

Deno.test("over https the cookie is __Host-, HttpOnly, Secure, SameSite=Lax and Path=/", () => {
  const headers = new Headers();
  sessionCookie.set(headers, "secret", true);
  assertEquals(
    attributes(headers),
    new Set([
      "__Host-portcullis=secret",
      "Max-Age=604800",
      "Path=/",
      "HttpOnly",
      "Secure",
      "SameSite=Lax",
    ]),
  );
});

Deno.test("over plain http the cookie has another name and is not Secure", () => {
  const headers = new Headers();
  sessionCookie.set(headers, "secret", false);
  assertEquals(
    attributes(headers),
    new Set([
      "portcullis=secret",
      "Max-Age=604800",
      "Path=/",
      "HttpOnly",
      "SameSite=Lax",
    ]),
  );
});

Deno.test("over https the plain name is not adopted, nor the other way round", () => {
  const both = new Headers({ cookie: "portcullis=a; __Host-portcullis=b" });
  assertEquals(sessionCookie.read(both, true), "b");
  assertEquals(sessionCookie.read(both, false), "a");
  const plain = new Headers({ cookie: "portcullis=a" });
  assertEquals(sessionCookie.read(plain, true), null);
  assertEquals(sessionCookie.read(new Headers(), true), null);
  const empty = new Headers({ cookie: "__Host-portcullis=" });
  assertEquals(sessionCookie.read(empty, true), null);
});

Deno.test("sessionCookie.clear() takes the same cookie away", () => {
  for (const secure of [true, false]) {
    const headers = new Headers();
    sessionCookie.clear(headers, secure);
    const fields = attributes(headers);
    assertEquals(fields.has(`${sessionCookie.name(secure)}=`), true);
    assertEquals(fields.has("Path=/"), true);
    assertEquals(fields.has("Secure"), secure);
    assertEquals(
      fields.has("Expires=Thu, 01 Jan 1970 00:00:00 GMT") ||
        fields.has("Max-Age=0"),
      true,
    );
  }
});
