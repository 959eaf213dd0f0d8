import { assert, assertEquals, assertStringIncludes } from "@std/assert";
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

Deno.test("blockedResponse() stays within 512 bytes, head and all", async () => {
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen() {},
    },
    (request) => blockedResponse(new URL(request.url).pathname, "0123456789AB"),
  );
  for (const path of ["/", "/api/me"]) {
    using socket = await open(server.addr.port, path);
    const answer = new Uint8Array(4_096);
    const length = await socket.conn.read(answer);
    assert(length !== null && length <= 512, `${path}: ${length} bytes`);
  }
  await server.shutdown();
});

async function open(port: number, path: string) {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(
    new TextEncoder().encode(
      `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`,
    ),
  );
  return {
    conn,
    [Symbol.dispose]() {
      conn.close();
    },
  };
}

Deno.test("blockedResponse() answers with what is no receipt, too", async () => {
  for (const receipt of ["", "R", "0".repeat(40)]) {
    const response = blockedResponse("/", receipt);
    const text = await response.clone().text();
    assertStringIncludes(text, `<code>${receipt}</code>`);
    assertEquals(response.headers.get("content-length"), `${text.length}`);
  }
});
