import { assertEquals, assertStringIncludes } from "@std/assert";
import { createHandler as denoServe } from "../../examples/guard/deno_serve.ts";
import { createApp as freshApp } from "../../examples/guard/fresh.ts";
import { createHandler as hono } from "../../examples/guard/hono.ts";
import { blockIp, unblockIp } from "../../lib/guard/mod.ts";
import { scanRequests } from "../../lib/log/request_query.ts";
import { temporaryKvPath } from "../_server.ts";
import { startWithAdmin } from "./_admin.ts";
import { waitFor } from "../_wait.ts";

type Handler = Deno.ServeHandler<Deno.NetAddr>;

/** Serves a handler on a free port while `run` runs. */
async function serving(
  handler: Handler,
  run: (origin: string) => Promise<void>,
): Promise<void> {
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, handler);
  await run(`http://127.0.0.1:${server.addr.port}`);
}

async function text(
  url: string,
  init?: RequestInit,
): Promise<[number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}

/** The request log, in order, one line per request. */
async function log(kv: Deno.Kv): Promise<string[]> {
  const all = { from: 0, to: Date.now() + 1_000 };
  const records = (await Array.fromAsync(scanRequests(kv, all, Date.now)))
    .flat();
  return records.map((one) =>
    `${one.ip_address} ${one.method} ${one.path} ${one.status} ${one.outcome}`
  );
}

const block = (kv: Deno.Kv, ip: string) =>
  blockIp(kv, Date.now, { ip, created_by: "test", force: true });

Deno.test("examples: the Fresh app is guarded, and its failures are logged", async () => {
  using kv = await Deno.openKv(":memory:");
  const { app, portcullis } = freshApp(kv);
  await serving(app.handler(), async (origin) => {
    const [status, page] = await text(origin);
    assertEquals(status, 200);
    assertStringIncludes(page, "Hello, 127.0.0.1");
    assertEquals((await text(`${origin}/fails`))[0], 500);
    assertEquals((await text(`${origin}/nothing`))[0], 404);
    await block(kv, "127.0.0.1");
    const told = await waitFor("the block", async () => {
      const [status, page] = await text(`${origin}/waits`);
      return status === 403 && page;
    });
    assertStringIncludes(told, "Your IP has been blocked.");
  });
  await portcullis.close();
  const lines = await log(kv);
  assertEquals(lines.filter((line) => !line.includes(" /waits 404 ")), [
    "127.0.0.1 GET / 200 allowed",
    "127.0.0.1 GET /fails 500 allowed",
    "127.0.0.1 GET /nothing 404 allowed",
    "127.0.0.1 GET /waits 403 blocked",
  ]);
});

Deno.test("examples: the Hono app knows its visitor, and its guard the proxy before it", async () => {
  using kv = await Deno.openKv(":memory:");
  await block(kv, "203.0.113.0/24");
  const handler = hono(kv);
  await serving(handler, async (origin) => {
    const from = (ip: string) => ({ "x-forwarded-for": ip });
    const note = await text(`${origin}/notes`, {
      method: "POST",
      headers: from("192.0.2.7"),
      body: "hello",
    });
    assertEquals(note, [201, '{"text":"hello","from":"192.0.2.7"}']);
    const spam = await fetch(`${origin}/notes`, {
      method: "POST",
      headers: from("192.0.2.7, 203.0.113.9"),
      body: "spam",
    });
    assertEquals(spam.status, 403);
    await spam.body?.cancel();
    assertEquals((await text(`${origin}/notes`))[1].length, note[1].length + 2);
  });
  await handler.close();
  assertEquals(await log(kv), [
    "192.0.2.7 POST /notes 201 allowed",
    "203.0.113.9 POST /notes 403 blocked",
    "127.0.0.1 GET /notes 200 allowed",
  ]);
});

Deno.test("examples: the Deno.serve app limits logins exactly", async () => {
  using kv = await Deno.openKv(":memory:");
  const handler = denoServe(kv);
  await serving(handler, async (origin) => {
    assertEquals(await text(origin), [200, "Hello, 127.0.0.1\n"]);
    const tries = await Promise.all(
      Array.from(
        { length: 20 },
        () => text(`${origin}/login`, { method: "POST", body: "wrong" }),
      ),
    );
    const passed = tries.filter(([status]) => status === 401).length;
    const limited = tries.filter(([status]) => status === 429).length;
    assertEquals([passed, limited], [5, 15]);
  });
  await handler.close();
  const limited = (await log(kv)).filter((line) => line.endsWith("limited"));
  assertEquals(limited.length, 15);
});

Deno.test("examples: a server of its own on the same store shows what a guarded app logs, and blocks for it", async () => {
  const kvPath = await temporaryKvPath();
  await using server = await startWithAdmin({
    kvPath,
    env: { GEO_PROVIDER: "off" },
  });
  const { api } = server;
  using kv = await Deno.openKv(kvPath);
  const handler = hono(kv);
  await serving(handler, async (origin) => {
    const headers = { "x-forwarded-for": "192.0.2.7" };
    assertEquals((await text(`${origin}/notes`, { headers }))[0], 200);
    const items = await waitFor("the record", async () => {
      const { items } = await api<{ items: { path: string }[] }>(
        "/api/requests?ip=192.0.2.7",
      );
      return items.length > 0 && items;
    });
    assertEquals(items.map(({ path }) => path), ["/notes"]);

    await api("/api/blocked", { method: "POST", json: { ip: "192.0.2.7" } });
    await waitFor(
      "the block",
      async () => (await text(`${origin}/notes`, { headers }))[0] === 403,
    );
    await unblockIp(kv, Date.now, "192.0.2.7");
  });
  await handler.close();
  await server.stop();
  await Deno.remove(kvPath.replace(/\/[^/]*$/, ""), { recursive: true });
});
