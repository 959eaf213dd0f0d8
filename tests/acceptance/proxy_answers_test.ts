/** The app's responses as seen by a client of the proxy, including early and broken ones. */
import { assert, assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { RawConnection } from "./_raw.ts";
import { answersTo, startProxy, startRawApp, Wire } from "./_proxy.ts";

const headOf = (text: string) => text.slice(0, text.indexOf("\r\n\r\n"));

Deno.test("proxy: status, reason and fields are the app's, and nothing is added to them", async () => {
  const answers: Record<string, string> = {
    "/600": "HTTP/1.1 600 Enhance Your Calm\r\nX-a: 1\r\nx-A: caf\xe9\r\n" +
      "Content-Length: 0\r\n\r\n",
    "/no-reason": "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n",
    "/head": "HTTP/1.1 200 OK\r\nETag: e\r\n\r\n",
    "/head-length": "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n",
    "/many": `HTTP/1.1 200 OK\r\n${
      Array.from({ length: 3_000 }, (_, i) => `X-${i}: ${i}\r\n`).join("")
    }Content-Length: 0\r\n\r\n`,
    "/long": `HTTP/1.1 200 OK\r\nX-Long: ${"a".repeat(100_000)}\r\n` +
      "Content-Length: 0\r\n\r\n",
  };
  await using app = startRawApp(async (send, received) => {
    const path = received().match(/^\w+ (\S+)/gm)!.at(-1)!.split(" ")[1]!;
    await send(answers[path]!);
  });
  await using proxy = await startProxy(app.url);
  const ask = async (method: string, path: string) => {
    using wire = await Wire.open(proxy.origin);
    await wire.send(`${method} ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
    assert(await wire.until(() => wire.text.includes("\r\n\r\n")), path);
    await delay(20);
    return wire.text;
  };
  assertEquals(
    headOf(await ask("GET", "/600")),
    "HTTP/1.1 600 Enhance Your Calm\r\nX-a: 1\r\nx-A: caf\xe9\r\n" +
      "Content-Length: 0\r\nConnection: keep-alive",
  );
  assert((await ask("GET", "/no-reason")).startsWith("HTTP/1.1 299 \r\n"));
  assertEquals(
    await ask("HEAD", "/head"),
    "HTTP/1.1 200 OK\r\nETag: e\r\nConnection: keep-alive\r\n\r\n",
  );
  assert(
    (await ask("HEAD", "/head-length")).includes("Content-Length: 12345\r\n"),
  );
  assertEquals((await ask("GET", "/many")).match(/^X-\d+: /gm)!.length, 3_000);
  assert((await ask("GET", "/long")).length > 100_000);
});

Deno.test("proxy: an answer that comes before the upload has ended reaches the client, whatever the app does then", async () => {
  for (const closes of [true, false]) {
    await using app = startRawApp(async (send, received, close) => {
      if (/\r\nx-seen/.test(received())) return;
      await send(
        "HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n" +
          `${closes ? "Connection: close\r\n" : ""}\r\nmuch`,
      );
      if (closes) close();
    });
    await using proxy = await startProxy(app.url, { REQUEST_DEADLINE: "2s" });
    for (let i = 0; i < 20; i++) {
      using wire = await Wire.open(proxy.origin);
      const body = new Uint8Array(4_000_000);
      const sent = wire.send(
        `PUT /up HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n`,
      ).then(() => wire.send(body));
      assertEquals(await wire.status(), 413, `${closes} ${i} ${wire.text}`);
      await wire.until(() => wire.text.endsWith("much"));
      assert(wire.text.endsWith("much"));
      // The rest is read, so that nobody blocks on it; and the connection continues.
      assert(await sent);
      wire.text = "";
      await wire.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
      assertEquals(await wire.status(), 413);
    }
  }
});

Deno.test("proxy: an upload that never ends is not read for ever once it has been answered", async () => {
  await using app = startRawApp((send) =>
    send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
  );
  await using proxy = await startProxy(app.url, { REQUEST_DEADLINE: "1s" });
  using wire = await Wire.open(proxy.origin);
  await wire.send(
    "PUT /up HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999\r\n\r\n",
  );
  const piece = new Uint8Array(65_536);
  const started = performance.now();
  while (await wire.send(piece)) {
    if (performance.now() - started > 20_000) break;
    await delay(5);
  }
  assert(performance.now() - started < 10_000);
  assertEquals(await wire.status(), 403);
});

Deno.test("proxy: what an app says unasked is nobody's answer", async () => {
  let connections = 0;
  await using app = startRawApp(async (send, received) => {
    if (received().split("\r\n\r\n").length === 2) connections++;
    await send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine");
    await delay(30);
    await send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen");
  });
  await using proxy = await startProxy(app.url);
  for (let i = 0; i < 5; i++) {
    using connection = await RawConnection.open(proxy.origin);
    const { body } = await connection.request({ path: "/x" });
    assertEquals(body, "mine");
    await delay(100);
  }
  assertEquals(connections, 5);
});

Deno.test("proxy: an answer that is no HTTP is 502, and one that breaks off breaks off", async () => {
  const answers: Record<string, [answer: string, status: number]> = {
    "/junk": ["SSH-2.0-OpenSSH_9.2\r\n", 502],
    "/two-lengths": [
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
      502,
    ],
    "/both": [
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      502,
    ],
    "/switch": [
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      502,
    ],
    "/short": ["HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc", 200],
    "/chunk": [
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz",
      200,
    ],
  };
  await using app = startRawApp(async (send, received, close) => {
    const path = received().match(/^\w+ (\S+)/gm)!.at(-1)!.split(" ")[1]!;
    await send(answers[path]![0]);
    await delay(20);
    close();
  });
  await using proxy = await startProxy(app.url);
  for (const [path, [, status]] of Object.entries(answers)) {
    const text = await answersTo(
      proxy.origin,
      `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`,
      status === 502 ? 500 : 2_000,
    );
    assert(text.startsWith(`HTTP/1.1 ${status} `), `${path}: ${text}`);
    assert(!text.includes("\r\n0\r\n\r\n"), path);
  }
});
