import { assertEquals, assertStringIncludes } from "@std/assert";
import { blockedResponse } from "../../lib/guard/refusal.ts";

Deno.test("blockedResponse() can be read each time, though it is made once", async () => {
  for (let i = 0; i < 3; i++) {
    const response = blockedResponse("/", "0123456789AB");
    assertEquals(response.status, 403);
    assertStringIncludes(await response.text(), "0123456789AB");
  }
});

Deno.test("blockedResponse() keeps a header that was set on one answer out of the next", () => {
  blockedResponse("/", "R").headers.set("x-once", "1");
  blockedResponse("/", "R").headers.delete("content-security-policy");
  const { headers } = blockedResponse("/", "R");
  assertEquals(headers.get("x-once"), null);
  assertStringIncludes(
    headers.get("content-security-policy")!,
    "default-src 'none'",
  );
});

Deno.test("blockedResponse() is a problem where an API was called, and a page elsewhere", async () => {
  for (const path of ["/api", "/api/me"]) {
    const response = blockedResponse(path, "R");
    assertEquals(
      response.headers.get("content-type"),
      "application/problem+json",
    );
    assertEquals((await response.json()).receipt, "R");
  }
  for (const path of ["/", "/apis", "/login"]) {
    const type = blockedResponse(path, "R").headers.get("content-type");
    assertEquals(type, "text/html; charset=utf-8", path);
  }
});

Deno.test("blockedResponse() tells each of many clients its own receipt", async () => {
  for (let i = 0; i < 2_000; i++) {
    const text = await blockedResponse("/", `R${i}`).text();
    assertStringIncludes(text, `<code>R${i}</code>`);
  }
});
