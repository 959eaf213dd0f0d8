/**
 * A block ends open responses and connections, in every process: streams, downloads and WebSockets
 * behind a guard.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { guardHandler } from "../../lib/guard/handler.ts";
import { applyPolicy } from "../../lib/policy/policy_store.ts";
import { scanRequests } from "../../lib/log/request_query.ts";
import { blockIp } from "../../lib/lists/access_store.ts";

/** Endless bytes, a few times a second. */
function endless(): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setInterval>;
  return new ReadableStream({
    start(controller) {
      const send = () => controller.enqueue(new TextEncoder().encode("tick\n"));
      send();
      timer = setInterval(send, 100);
    },
    cancel: () => clearInterval(timer),
  });
}

async function serveGuarded() {
  const kv = await Deno.openKv(":memory:");
  const failures: unknown[] = [];
  const gate = guardHandler(async (request) => {
    if (request.headers.get("upgrade") === "websocket") {
      const { socket, response } = Deno.upgradeWebSocket(request);
      const timer = setInterval(() => {
        if (socket.readyState === WebSocket.OPEN) socket.send("tick");
      }, 100);
      socket.addEventListener("close", () => clearInterval(timer));
      return response;
    }
    if (request.method === "POST") {
      let size = 0;
      try {
        for await (const piece of request.body!) size += piece.length;
      } catch (error) {
        failures.push(error);
      }
      return new Response(`${size}`);
    }
    const type = new URL(request.url).searchParams.get("type");
    return new Response(endless(), {
      headers: type ? { "content-type": type } : {},
    });
  }, { kv, trustedProxies: ["127.0.0.1"] });
  await gate.ready();
  const server = Deno.serve({ port: 0, onListen() {} }, gate);
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return {
    origin,
    failures,
    async records() {
      await (await gate.ready()).log.flush();
      const range = { from: 0, to: Date.now() + 1 };
      const pieces = await Array.fromAsync(scanRequests(kv, range, Date.now));
      return pieces.flat().map((one) =>
        `${one.ip_address} ${one.method} ${one.status} ${one.outcome}`
      );
    },
    /** Like another process: this one learns of it from the store. */
    block: (ip: string) =>
      blockIp(kv, Date.now, { ip, reason: "test", created_by: "test" }),
    declare: (rules: unknown[]) =>
      applyPolicy(kv, { rules, by: "test", now: Date.now() }),
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await gate.close();
      kv.close();
    },
  };
}

const as = (ip: string) => ({ headers: { "x-forwarded-for": ip } });

for (
  const type of [
    "",
    "text/event-stream",
    "application/octet-stream",
    "application/x-ndjson",
    "text/csv",
    "video/mp4",
    "text/plain",
    "text/html; charset=utf-8",
    "application/json",
  ]
) {
  Deno.test(`A block ends a ${type || "typeless"} stream, and no other visitor's`, async () => {
    await using gate = await serveGuarded();
    const path = `${gate.origin}/?type=${type}`;
    const [theirs, others] = await Promise.all([
      fetch(path, as("203.0.113.9")),
      fetch(path, as("203.0.113.10")),
    ]);
    const reader = theirs.body!.getReader();
    const other = others.body!.getReader();
    assert(!(await reader.read()).done);
    await gate.block("203.0.113.9");
    const readToEnd = async () => {
      while (!(await reader.read()).done);
    };
    if (type === "text/event-stream") await readToEnd();
    else await assertRejects(readToEnd);
    for (let i = 0; i < 3; i++) assert(!(await other.read()).done);
    await other.cancel();
  });
}

Deno.test("A block of the visitor's network closes the WebSocket that is open", async () => {
  await using gate = await serveGuarded();
  const url = gate.origin.replace("http", "ws");
  // Deno's own option; the web's types do not have it.
  const socket = new WebSocket(url, as("203.0.113.9") as never);
  const closed = Promise.withResolvers<number>();
  socket.onclose = ({ code }) => closed.resolve(code);
  await new Promise((resolve) => socket.onmessage = resolve);
  await gate.block("203.0.113.0/24");
  assertEquals(await closed.promise, 1008);
});

Deno.test("A rule that refuses ends what it would not have let in, and nothing else", async () => {
  await using gate = await serveGuarded();
  const open = async (path: string, agent: string) => {
    const { body } = await fetch(gate.origin + path, {
      headers: { "user-agent": agent },
    });
    const reader = body!.getReader();
    assert(!(await reader.read()).done);
    return reader;
  };
  const scraper = await open("/feed", "Scraper/1.0");
  const person = await open("/feed", "Mozilla/5.0");
  await gate.declare([
    { name: "scrapers", refuse: true, when: { user_agent: "Scraper*" } },
  ]);
  await assertRejects(async () => {
    while (!(await scraper.read()).done);
  });
  for (let i = 0; i < 3; i++) assert(!(await person.read()).done);
  await person.cancel();
});

Deno.test("An upload ends with 403 once its sender is no longer let in, one of another's goes on", async () => {
  await using gate = await serveGuarded();
  const upload = (ip: string, pieces: number) => {
    let sent = 0;
    let timer: ReturnType<typeof setInterval>;
    return fetch(gate.origin, {
      ...as(ip),
      method: "POST",
      body: new ReadableStream({
        start(controller) {
          timer = setInterval(() => {
            try {
              controller.enqueue(new Uint8Array(1_000));
              if (++sent < pieces) return;
              controller.close();
            } catch {
              // Nobody reads any more.
            }
            clearInterval(timer);
          }, 100);
        },
        cancel: () => clearInterval(timer),
      }),
    });
  };
  const others = upload("203.0.113.10", 30);
  const theirs = upload("203.0.113.9", 600);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await gate.block("203.0.113.9");
  const since = performance.now();
  const refused = await theirs;
  const took = performance.now() - since;
  assertEquals(refused.status, 403);
  const reader = refused.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertStringIncludes(
    (await reader.read()).value!,
    "Your IP has been blocked.",
  );
  // The connection is closed with it.
  await assertRejects(() => reader.read());
  assert(took < 2_000, `${took} ms`);
  assertEquals(await (await others).text(), "30000");
  assertEquals(gate.failures.length, 1);
  assertEquals((await gate.records()).sort(), [
    "203.0.113.10 POST 200 allowed",
    "203.0.113.9 POST 403 blocked",
  ]);
});
