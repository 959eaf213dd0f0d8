/** Deadlines, connection limits and shutdown of proxy mode. */
import { assert, assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import { applyPolicy } from "../../lib/policy/policy_store.ts";
import { recordsOf, startProxy, startRawApp, Wire } from "./_proxy.ts";
import { isInstalled, startUpstream } from "./_upstream.ts";

const hasNode = await isInstalled("node");
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const startOkApp = () =>
  startRawApp(async (send, received) => {
    const [head = "", body = ""] = received().split("\r\n\r\n");
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (received().includes("\r\n\r\n") && body.length >= length) {
      await send(OK);
    }
  });

async function residentMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1_000;
}

/** The client's part of a handshake. */
const HANDSHAKE = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\n" +
  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

Deno.test("proxy: half a head and a slow body get 408 and a record, a silent connection ends, a steady upload takes its time", async () => {
  await using app = startOkApp();
  await using proxy = await startProxy(app.url, { REQUEST_DEADLINE: "2s" });
  const { origin } = proxy;
  using half = await Wire.open(origin);
  using silent = await Wire.open(origin);
  using slow = await Wire.open(origin);
  using steady = await Wire.open(origin);
  await half.send("GET /half HTTP/1.1\r\nHost: h\r\nX: ");
  await slow.send(
    "POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 9000\r\n\r\n",
  );
  await steady.send(
    "POST /steady HTTP/1.1\r\nHost: h\r\nContent-Length: 6000\r\n\r\n",
  );
  const dripping = (async () => {
    for (let i = 0; i < 8 && await half.send("a"); i++) await delay(400);
  })();
  const trickling = (async () => {
    for (let i = 0; i < 8 && await slow.send("a".repeat(100)); i++) {
      await delay(400);
    }
  })();
  for (let i = 0; i < 10; i++) {
    await steady.send("a".repeat(600));
    await delay(500);
  }
  assertEquals(await half.status(), 408);
  assertEquals(await slow.status(), 408);
  assertEquals(await steady.status(), 200);
  for (const wire of [half, silent, slow]) {
    assert(await wire.until(() => wire.closed));
  }
  assertEquals(silent.text, "");
  await Promise.all([dripping, trickling]);
  await proxy.stop();
  const records = await recordsOf(proxy.kvPath);
  for (const record of ["- - 408", "POST /slow 408", "POST /steady 200"]) {
    assert(records.includes(`127.0.0.1 ${record} allowed`), `${records}`);
  }
  assertEquals(records.length, 3);
});

Deno.test("proxy: a kept connection ends where no other request comes, an answer that takes long does not", async () => {
  await using app = startRawApp(async (send) => {
    await send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
    await delay(2_500);
    await send("def");
  });
  await using proxy = await startProxy(app.url, { REQUEST_DEADLINE: "1s" });
  using wire = await Wire.open(proxy.origin);
  await wire.send(GET);
  assert(await wire.until(() => wire.text.endsWith("abcdef")));
  const answered = performance.now();
  assert(await wire.until(() => wire.closed));
  assert(performance.now() - answered >= 900);
});

Deno.test("proxy: a WebSocket message that never ends is closed, and costs no memory", async () => {
  await using app = startRawApp(async (send, received) => {
    if (received().length < 2_000) {
      await send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
          "Connection: Upgrade\r\nX-Seen: 1\r\n\r\n",
      );
    }
  });
  await using proxy = await startProxy(app.url);
  const before = await residentMb(proxy.pid);
  using wire = await Wire.open(proxy.origin);
  await wire.send(`${HANDSHAKE}\r\n`);
  assertEquals(await wire.status(), 101);
  assert(wire.text.includes("X-Seen: 1"));
  const piece = new Uint8Array(14 + 1_048_576);
  piece.set([0, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4]);
  piece[0] = 2;
  let sent = 0;
  // 1009, as sent by a server.
  const isToldOff = () => wire.text.includes("\x88\x02\x03\xf1");
  while (sent < 400 && !isToldOff() && await wire.send(piece)) {
    piece[0] = 0;
    sent++;
  }
  assert(await wire.until(isToldOff));
  assert(sent < 100, `${sent} MiB were taken`);
  assert(await wire.until(() => wire.closed));
  assert(await residentMb(proxy.pid) < before + 150);
});

Deno.test("proxy: another protocol on offer makes no difference to a request", async () => {
  await using app = startOkApp();
  await using proxy = await startProxy(app.url);
  using wire = await Wire.open(proxy.origin);
  await wire.send(
    "POST /h2c HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n" +
      "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 3\r\n\r\nabc",
  );
  assertEquals(await wire.status(), 200);
  assert(!/upgrade|http2/i.test(app.received.join("")));
});

const ENDS: [string, (kv: Deno.Kv) => Promise<unknown>][] = [
  [
    "a block",
    (kv) => blockIp(kv, Date.now, { ip: "203.0.113.9", created_by: "test" }),
  ],
  [
    "a network on the blocklist",
    (kv) => blockIp(kv, Date.now, { ip: "203.0.113.0/24", created_by: "test" }),
  ],
  [
    "a policy that refuses",
    (kv) =>
      applyPolicy(kv, {
        rules: [{ name: "no", refuse: true, when: { ip: "203.0.113.0/24" } }],
        by: "test",
        now: Date.now(),
      }),
  ],
];

for (const [what, refuse] of ENDS) {
  Deno.test({
    name:
      `proxy: ${what} ends open downloads, uploads and WebSockets within two seconds`,
    ignore: !hasNode,
    async fn() {
      await using app = await startUpstream("node");
      await using proxy = await startProxy(app.url, {
        TRUSTED_PROXIES: "127.0.0.1",
      });
      const from = (ip: string) => `X-Forwarded-For: ${ip}\r\n`;
      const wires: Wire[] = [];
      for (const ip of ["203.0.113.9", "192.0.2.1"]) {
        const [download, upload, socket] = await Promise.all(
          [0, 1, 2].map(() => Wire.open(proxy.origin)),
        );
        await download!.send(
          `GET /events HTTP/1.1\r\nHost: h\r\n${from(ip)}\r\n`,
        );
        await upload!.send(
          `PUT /up HTTP/1.1\r\nHost: h\r\n${from(ip)}` +
            "Content-Length: 99999\r\n\r\nabc",
        );
        await socket!.send(`${HANDSHAKE}${from(ip)}\r\n`);
        assertEquals(await download!.status(), 200);
        assertEquals(await socket!.status(), 101);
        wires.push(download!, upload!, socket!);
      }
      using kv = await Deno.openKv(proxy.kvPath);
      const since = performance.now();
      await refuse(kv);
      for (const wire of wires.slice(0, 3)) {
        assert(await wire.until(() => wire.closed, 5_000));
      }
      const took = performance.now() - since;
      assert(took < 2_000, `${took} ms`);
      assertEquals(await wires[1]!.status(), 403);
      // 1008: the socket was closed with a reason.
      assert(wires[2]!.text.includes("\x03\xf0Blocked"));
      for (const wire of wires.slice(3)) assert(!wire.closed);
      for (const wire of wires) wire[Symbol.dispose]();
      await proxy.stop();
      assert(
        (await recordsOf(proxy.kvPath)).includes(
          "203.0.113.9 PUT /up 403 blocked",
        ),
      );
    },
  });
}

Deno.test("proxy: SIGTERM lets a long download end, and what does not end is cut at SHUTDOWN_DEADLINE", async () => {
  await using app = startRawApp(async (send, received) => {
    if (received().startsWith("GET /ws")) {
      return await send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
          "Connection: Upgrade\r\n\r\n",
      );
    }
    await send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    for (let i = 0; i < 10; i++) {
      await delay(500);
      await send("a");
    }
  });
  {
    await using proxy = await startProxy(app.url);
    using wire = await Wire.open(proxy.origin);
    using idle = await Wire.open(proxy.origin);
    await wire.send(GET);
    await wire.until(() => wire.text.endsWith("\r\n\r\na"));
    const ended = proxy.stop("SIGTERM");
    assert(await idle.until(() => idle.closed, 2_000));
    assert(await wire.until(() => wire.text.endsWith("a".repeat(10))));
    assertEquals((await ended).code, 0);
  }
  {
    await using proxy = await startProxy(app.url, { SHUTDOWN_DEADLINE: "2s" });
    using wire = await Wire.open(proxy.origin);
    using socket = await Wire.open(proxy.origin);
    await wire.send(GET);
    await socket.send(`${HANDSHAKE}\r\n`);
    assertEquals(await wire.status(), 200);
    assertEquals(await socket.status(), 101);
    const since = performance.now();
    assertEquals((await proxy.stop("SIGTERM")).code, 0);
    assert(performance.now() - since < 4_500);
    assert(await socket.until(() => socket.closed));
    // 1001: the close frame says that the server goes away.
    assert(socket.text.includes("\x88\x02\x03\xe9"));
  }
});

Deno.test("proxy: one address holds no more connections than its share, a trusted proxy may", async () => {
  await using app = startOkApp();
  for (const trusted of [false, true]) {
    await using proxy = await startProxy(app.url, {
      MAX_CONNECTIONS_PER_CLIENT: "10",
      ...trusted ? { TRUSTED_PROXIES: "127.0.0.1" } : {},
    });
    const wires: Wire[] = [];
    for (let i = 0; i < 30; i++) wires.push(await Wire.open(proxy.origin));
    for (const wire of wires) await wire.send(GET);
    await Promise.all(
      wires.map((wire) => wire.until(() => wire.text.endsWith("ok"), 3_000)),
    );
    const served = wires.filter(({ text }) => text.endsWith("ok")).length;
    assertEquals(served, trusted ? 30 : 10);
    for (const wire of wires) wire[Symbol.dispose]();
    if (trusted) continue;
    assert(proxy.errors().includes("sys_connections_shed"));
    await delay(50);
    using again = await Wire.open(proxy.origin);
    await again.send(GET);
    assertEquals(await again.status(), 200);
  }
});

const hasCurl = await isInstalled("curl");

Deno.test({
  name:
    "proxy: with 256 descriptors and 1,000 idle connections others are served, and the log says so",
  ignore: !hasCurl,
  fn: async () => {
    await using app = startOkApp();
    // All from one address, then from as many addresses: a trusted proxy has no limit of its own.
    for (const trusted of ["none", "127.0.0.1"]) {
      await using proxy = await startProxy(
        { url: app.url, maxFiles: 256 },
        trusted === "none" ? {} : { TRUSTED_PROXIES: trusted },
      );
      const { port } = new URL(proxy.origin);
      const idle: Deno.Conn[] = [];
      for (let i = 0; i < 1_000; i++) {
        const conn = await Deno.connect({ hostname: "127.0.0.1", port: +port })
          .catch(() => null);
        if (conn) idle.push(conn);
      }
      // From another address of the loopback network.
      const { success, stdout } = await new Deno.Command("curl", {
        args: [
          ...["-s", "--interface", "127.0.0.2", "--max-time", "2"],
          ...["--retry", "3", "--retry-all-errors", "--retry-delay", "0"],
          `${proxy.origin}/other`,
        ],
      }).output();
      assert(success, proxy.errors());
      assertEquals(new TextDecoder().decode(stdout), "ok");
      assert(proxy.errors().includes("sys_connections_shed"));
      for (const conn of idle) conn.close();
      assertEquals((await proxy.stop()).code, 0);
    }
  },
});
