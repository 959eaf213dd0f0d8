import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { App } from "fresh";
import { guard } from "../../lib/guard/middleware.ts";
import { guardHandler } from "../../lib/guard/handler.ts";
import { pageRequests } from "../../lib/log/request_query.ts";
import { startServer } from "../_server.ts";

/**
 * Sends a head that promises a body and then one byte at a time; resolves to everything received.
 */
async function drip(
  port: number,
  path: string,
  type = "application/x-www-form-urlencoded",
): Promise<string> {
  const conn = await Deno.connect({ port });
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    `Origin: http://127.0.0.1:${port}\r\nContent-Type: ${type}\r\n` +
    "Content-Length: 1000\r\n\r\n";
  await conn.write(new TextEncoder().encode(head));
  const timer = setInterval(() => {
    conn.write(new Uint8Array([97])).catch(() => clearInterval(timer));
  }, 200);
  try {
    // To the end of the connection, which must not wait for a body that does not arrive.
    return await new Response(conn.readable).text();
  } finally {
    clearInterval(timer);
  }
}

Deno.test("A body that comes too slowly is answered with 408, by pages and the API, and recorded", async () => {
  await using server = await startServer({
    env: {
      REQUEST_DEADLINE: "1s",
      ADMIN_USERNAME: "root",
      ADMIN_PASSWORD: "a long password",
      LOGIN_RATE_ANONYMOUS: "50/m",
    },
  });
  const port = Number(new URL(server.origin).port);
  const [page, call, unknown] = await Promise.all([
    drip(port, "/login"),
    drip(port, "/api/login", "application/json"),
    drip(port, "/api/signup", "application/json"),
  ]);
  for (const answer of [page, call, unknown]) {
    assertStringIncludes(answer, "HTTP/1.1 408 ");
    assert(/\r\nconnection: close\r\n/i.test(answer), answer);
  }
  assertStringIncludes(call, "application/problem+json");
  const login = await fetch(`${server.origin}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "root", password: "a long password" }),
  });
  const { token } = await login.json();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const log = await fetch(`${server.origin}/api/requests?status=408`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { items } = await log.json();
  assertEquals(
    items.map(({ path }: { path: string }) => path).sort(),
    ["/api/login", "/api/signup", "/login"],
  );
});

Deno.test("So it is in another app behind the guard, whatever that makes of its body", async () => {
  using kv = await Deno.openKv(":memory:");
  await using gate = guardHandler(async (request) => {
    await request.text().catch(() => "");
    return new Response("read");
  }, { kv, requestDeadline: 300 });
  await gate.ready();
  const server = Deno.serve({ port: 0, onListen() {} }, gate);
  const { port } = server.addr;
  assertStringIncludes(await drip(port, "/upload"), "HTTP/1.1 408 ");
  const quick = await fetch(`http://127.0.0.1:${port}/upload`, {
    method: "POST",
    body: "x",
  });
  assertEquals(await quick.text(), "read");
  await server.shutdown();
  const { log } = await gate.ready();
  await log.flush();
  const { items } = await pageRequests(kv, { limit: 10 }, Date.now);
  assertEquals(items.map(({ status }) => status).sort(), [200, 408]);
});

Deno.test("So it is behind the guard as a middleware of Fresh, without enclose()", async () => {
  using kv = await Deno.openKv(":memory:");
  await using gate = guard({ kv, requestDeadline: 300 });
  await gate.ready();
  const handler = new App()
    .use(gate)
    .post("/upload", async (ctx) => ctx.text(await ctx.req.text()))
    .handler();
  const server = Deno.serve({ port: 0, onListen() {} }, handler);
  const { port } = server.addr;
  assertStringIncludes(await drip(port, "/upload"), "HTTP/1.1 408 ");
  const quick = await fetch(`http://127.0.0.1:${port}/upload`, {
    method: "POST",
    body: "x",
  });
  assertEquals(await quick.text(), "x");
  await server.shutdown();
  const { log } = await gate.ready();
  await log.flush();
  const { items } = await pageRequests(kv, { limit: 10 }, Date.now);
  assertEquals(items.map(({ status }) => status).sort(), [200, 408]);
});
