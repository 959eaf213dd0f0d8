import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import { makeCertificate } from "../_certificate.ts";
import { recordsOf, startProxy } from "./_proxy.ts";
import { RawConnection } from "./_raw.ts";
import { isInstalled, startUpstream, type UpstreamName } from "./_upstream.ts";
import { waitFor } from "../_wait.ts";

const missing = {
  node: !await isInstalled("node"),
  python3: !await isInstalled("python3"),
};

interface Seen {
  method: string;
  target: string;
  headers: Record<string, string>;
  length: number;
  sha256: string;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The requirements for both apps, one of which is very simple. */
for (const name of ["node", "python3"] as const) {
  Deno.test({
    name: `proxy: a ${name} app gets and gives what it would without a proxy`,
    ignore: missing[name],
    fn: (t) => before(t, name),
  });
}

async function before(t: Deno.TestContext, name: UpstreamName): Promise<void> {
  await using app = await startUpstream(name);
  await using proxy = await startProxy(app.url);
  const { origin } = proxy;

  await t.step("the target as it was sent, and who asked", async () => {
    using connection = await RawConnection.open(origin);
    const target = "/a%2Fb//c/../d?q=%zz&e=&x=[1]";
    const { body } = await connection.request({
      path: target,
      headers: {
        "Connection": "keep-alive, X-Secret",
        "Keep-Alive": "timeout=9",
        "TE": "gzip",
        "Proxy-Connection": "keep-alive",
        "X-Secret": "for the next hop only",
        "X-Forwarded-For": "8.8.8.8",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=8.8.8.8",
        "X-Real-IP": "8.8.8.8",
        "CF-Connecting-IP": "8.8.8.8",
        "Cookie": "a=1; b=2",
        "Authorization": "Bearer t",
        "Accept-Encoding": "br",
      },
    });
    const { method, target: seen, headers } = JSON.parse(body) as Seen;
    assertEquals([method, seen], ["GET", target]);
    const { connection: _, ...rest } = headers;
    assertEquals(rest, {
      "host": "localhost",
      "cookie": "a=1; b=2",
      "authorization": "Bearer t",
      "accept-encoding": "br",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "localhost",
      "forwarded": 'for=127.0.0.1;proto=http;host="localhost"',
      "x-real-ip": "127.0.0.1",
      "via": "1.1 portcullis",
    });
  });

  await t.step("every method, with a body and without", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const body of ["", "a body"]) {
        using connection = await RawConnection.open(origin);
        const response = await connection.request({
          method,
          path: "/echo",
          headers: body ? {} : { "Content-Length": "0" },
          body,
        });
        const seen = JSON.parse(response.body) as Seen;
        assertEquals([seen.method, seen.length], [method, body.length]);
      }
    }
  });

  await t.step("two lengths are not two requests", async () => {
    using connection = await RawConnection.open(origin);
    const hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    await connection.write(new TextEncoder().encode(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n" +
        "Transfer-Encoding: chunked\r\n\r\n" +
        `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    ));
    // Either refused, or one request with all of it as the body.
    const { status, body } = await connection.receive();
    if (status === 200 && name === "node") {
      assertEquals((JSON.parse(body) as Seen).length, hidden.length);
    } else if (status !== 200) assertEquals(status, 400);
  });

  await t.step("a body of 32 MB, whole", async () => {
    const bytes = new Uint8Array(32 * 1024 * 1024);
    for (let i = 0; i < bytes.length; i += 4_096) bytes[i] = i >> 12;
    const response = await fetch(`${origin}/echo`, {
      method: "POST",
      body: bytes,
    });
    const seen = await response.json() as Seen;
    assertEquals(seen.length, bytes.length);
    assertEquals(seen.sha256, await sha256(bytes));
  });

  await t.step("a compressed body stays as it is", async () => {
    using connection = await RawConnection.open(origin);
    const { headers, body } = await connection.request({ path: "/gzip" });
    assertEquals(headers.get("content-encoding"), "gzip");
    assert(Number(headers.get("content-length")) < 100);
    assert(body.length > 10);
    const unpacked = await (await fetch(`${origin}/gzip`)).text();
    assertEquals(unpacked, "zipped ".repeat(1_000));
  });

  await t.step("HEAD has the length and no body", async () => {
    using connection = await RawConnection.open(origin);
    const head = await connection.request({ method: "HEAD", path: "/gzip" });
    assertEquals(head.status, 200);
    assert(Number(head.headers.get("content-length")) > 10);
    // The next bytes on the connection are the next response.
    const next = await connection.request({ path: "/empty" });
    assertEquals(next.status, 204);
  });

  await t.step(
    "a redirect is the client's to follow, cookies are two",
    async () => {
      const response = await fetch(`${origin}/cookies`, { redirect: "manual" });
      assertEquals(response.status, 302);
      assertEquals(response.headers.get("location"), "/somewhere?x=1");
      assertEquals(response.headers.getSetCookie(), [
        "a=1; Path=/",
        "b=2; Path=/",
      ]);
      assertEquals(response.headers.get("x-hop"), null);
      assertEquals(response.headers.get("keep-alive"), null);
      assertEquals(await response.text(), "Moved");
    },
  );

  await t.step("204 and 304 have no body", async () => {
    using connection = await RawConnection.open(origin);
    const none = await connection.request({ path: "/empty" });
    const same = await connection.request({ path: "/not-modified" });
    assertEquals([none.status, same.status], [204, 304]);
    assertEquals(same.headers.get("etag"), '"e"');
  });

  await t.step("events come as they are sent", async () => {
    const response = await fetch(`${origin}/events`);
    const reader = response.body!.pipeThrough(new TextDecoderStream())
      .getReader();
    let text = "";
    while (!text.includes("data: 2")) text += (await reader.read()).value;
    assert(!text.includes("data: 4"), text);
    await reader.cancel();
  });
}

Deno.test({
  name: "proxy: bodies stream both ways, whoever goes away is noticed",
  ignore: missing.node,
  async fn(t) {
    await using app = await startUpstream("node");
    await using proxy = await startProxy(app.url, {}, "--timeout", "1");
    const { origin } = proxy;
    const state = async () =>
      await (await fetch(`${app.url}/state`)).json() as { aborted: number };

    await t.step("a chunked body", async () => {
      const pieces = ["one ", "two ", "three"];
      const response = await fetch(`${origin}/echo`, {
        method: "POST",
        body: ReadableStream.from(pieces).pipeThrough(new TextEncoderStream()),
      });
      const seen = await response.json() as Seen;
      assertEquals(seen.length, 13);
      assertEquals(seen.headers["content-length"], undefined);
    });

    await t.step("100 MB to a slow reader cost no memory", async () => {
      const response = await fetch(`${origin}/bytes?count=100000000`);
      let length = 0;
      let peak = 0;
      for await (const chunk of response.body!) {
        const before = length;
        length += chunk.length;
        if (before >> 24 !== length >> 24) {
          await delay(20);
          peak = Math.max(peak, await residentMb(proxy.pid));
        }
      }
      assertEquals(length, 100_000_000);
      assert(peak < 300, `${peak} MB`);
    });

    await t.step("a client that hangs up is told to the app", async () => {
      const before = (await state()).aborted;
      const gone = new AbortController();
      const hanging = fetch(`${origin}/hang`, { signal: gone.signal });
      const reading = await fetch(`${origin}/events`);
      await delay(100);
      gone.abort();
      await reading.body!.cancel();
      await assertRejects(() => hanging);
      await waitFor(
        "the app to be told of both",
        async () => (await state()).aborted >= before + 2,
      );
      assertEquals((await state()).aborted, before + 2);
    });

    await t.step("an answer that breaks off breaks off", async () => {
      const response = await fetch(`${origin}/broken`);
      assertEquals(response.status, 200);
      await assertRejects(() => response.text());
    });

    await t.step("no answer is 502, a late one 504", async () => {
      const hungUp = await fetch(`${origin}/hang-up`);
      assertEquals(hungUp.status, 502);
      assert((await hungUp.text()).includes("Bad Gateway"));
      const late = await fetch(`${origin}/hang`);
      assertEquals(late.status, 504);
      assert((await late.text()).includes("Gateway Timeout"));
    });

    await t.step("hints before the answer are not taken for it", async () => {
      const response = await fetch(`${origin}/early`);
      assertEquals(await response.text(), "after the hints");
    });

    await t.step("SIGTERM ends it in order", async () => {
      const hanging = fetch(`${origin}/bytes?count=1000000`);
      await delay(50);
      const status = await proxy.stop("SIGTERM");
      assertEquals((await (await hanging).bytes()).length, 1_000_000);
      assertEquals(status.code, 0);
    });
  },
});

async function residentMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1_000;
}

Deno.test("proxy: an app that is not there is 502, and the log says so", async () => {
  const port = freePort();
  await using proxy = await startProxy(`http://127.0.0.1:${port}`);
  const response = await fetch(`${proxy.origin}/x`);
  assertEquals(response.status, 502);
  await response.body?.cancel();
  const api = await fetch(`${proxy.origin}/api/x`);
  assertEquals((await api.json()).title, "Bad Gateway");
  await proxy.stop();
  assertEquals(await recordsOf(proxy.kvPath), [
    "127.0.0.1 GET /x 502 allowed",
    "127.0.0.1 GET /api/x 502 allowed",
  ]);
  const told = proxy.errors().split("\n").filter((line) =>
    line.includes("sys_upstream_fail")
  );
  assertEquals(told.length, 1);
});

Deno.test("proxy: an https app is reached where its certificate is trusted, for its name", async () => {
  const folder = await Deno.makeTempDir();
  const { cert, key } = await makeCertificate("localhost");
  const file = `${folder}/ca.pem`;
  await Deno.writeTextFile(file, cert);
  await using app = Deno.serve({
    ...{ hostname: "127.0.0.1", port: 0, cert, key },
    onListen() {},
  }, (request) => new Response(`${request.method} ${request.url}`));
  const { port } = app.addr;
  const statusBy = async (upstream: string, ...args: string[]) => {
    await using proxy = await startProxy(upstream, {}, ...args);
    const response = await fetch(`${proxy.origin}/x?y=1`);
    const text = await response.text();
    await proxy.stop();
    return { status: response.status, text, errors: proxy.errors() };
  };
  const ca = ["--upstream-ca", file];
  try {
    const good = await statusBy(`https://localhost:${port}`, ...ca);
    assertEquals(good.status, 200);
    assert(good.text.endsWith("/x?y=1"), good.text);
    const unknown = await statusBy(`https://localhost:${port}`);
    assertEquals(unknown.status, 502);
    assert(unknown.errors.includes("certificate"), unknown.errors);
    const wrongName = await statusBy(`https://127.0.0.1:${port}`, ...ca);
    assertEquals(wrongName.status, 502);
    assert(wrongName.errors.includes("sys_upstream_fail"), wrongName.errors);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name:
    "proxy: blocked clients never reach the app, whatever language it is in",
  ignore: missing.node,
  async fn() {
    await using app = await startUpstream("node");
    await using proxy = await startProxy(app.url, {
      TRUSTED_PROXIES: "127.0.0.1",
      PUBLIC_ORIGIN: "https://example.org",
    });
    const ask = async (ip: string) => {
      const response = await fetch(`${proxy.origin}/echo`, {
        headers: { "x-forwarded-for": ip, "forwarded": "for=unknown" },
      });
      return [response.status, await response.text()] as const;
    };
    const [status, text] = await ask("192.0.2.1, 203.0.113.9");
    assertEquals(status, 200);
    const { headers } = JSON.parse(text) as Seen;
    assertEquals(
      headers["x-forwarded-for"],
      "192.0.2.1, 203.0.113.9, 127.0.0.1",
    );
    assertEquals(headers["x-real-ip"], "203.0.113.9");
    assertEquals(headers["x-forwarded-proto"], "https");
    assert(headers["forwarded"]?.startsWith("for=unknown, for=127.0.0.1;"));

    using kv = await Deno.openKv(proxy.kvPath);
    await blockIp(kv, Date.now, { ip: "203.0.113.0/24", created_by: "test" });
    // A neighbour address shows when the block takes effect.
    await waitFor(
      "the block",
      async () => (await ask("203.0.113.8"))[0] === 403,
    );
    const before = await seen(app.url);
    const [refused, page] = await ask("203.0.113.9");
    assertEquals(refused, 403);
    assert(page.includes("Your IP has been blocked."));
    assertEquals((await ask("192.0.2.1"))[0], 200);
    assertEquals(await seen(app.url), before + 2);
    await proxy.stop();
    const records = await recordsOf(proxy.kvPath);
    assertEquals(records.filter((line) => !line.startsWith("203.0.113.8 ")), [
      "203.0.113.9 GET /echo 200 allowed",
      "203.0.113.9 GET /echo 403 blocked",
      "192.0.2.1 GET /echo 200 allowed",
    ]);
  },
});

async function seen(url: string): Promise<number> {
  return (await (await fetch(`${url}/state`)).json()).seen;
}

Deno.test({
  name: "proxy: WebSockets pass, with subprotocol, messages and close codes",
  ignore: missing.node,
  async fn(t) {
    await using app = await startUpstream("node");
    await using proxy = await startProxy(app.url);
    const url = proxy.origin.replace("http", "ws");

    /** Opens a socket; resolves to it, its first message and its end. */
    async function open(path: string, protocols: string[] = []) {
      const socket = new WebSocket(`${url}${path}`, protocols);
      socket.binaryType = "arraybuffer";
      const closed = new Promise<CloseEvent>((resolve) =>
        socket.onclose = resolve
      );
      const next = () =>
        new Promise<unknown>((resolve) =>
          socket.onmessage = ({ data }) => resolve(data)
        );
      return { socket, closed, next, first: await next() };
    }

    await t.step(
      "what the app says at once, in pieces, with a ping",
      async () => {
        const { socket, first, closed } = await open("/ws", ["one", "two"]);
        assertEquals(first, `${new URL(url).host} 127.0.0.1`);
        assertEquals(socket.protocol, "two");
        socket.close(4001, "enough");
        assertEquals((await closed).code, 4001);
        const state = await waitFor("the app's end", async () => {
          const state = await (await fetch(`${app.url}/state`)).json();
          return state.closed?.[0] === 4001 && state;
        });
        assertEquals(state.closed, [4001, "enough"]);
      },
    );

    await t.step(
      "text and bytes of every length there is a header for",
      async () => {
        const { socket, next, closed } = await open("/ws");
        for (const length of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) {
          const text = next();
          socket.send("ä".repeat(length));
          assertEquals((await text as string).length, length);
          const bytes = next();
          socket.send(new Uint8Array(length).fill(7));
          const echoed = new Uint8Array(await bytes as ArrayBuffer);
          assertEquals(echoed.length, length);
          assert(echoed.every((byte) => byte === 7));
        }
        socket.close();
        await closed;
      },
    );

    await t.step("the app's close code and reason", async () => {
      for (const code of [1000, 1001, 1011, 1013, 3000, 4999]) {
        const { socket, closed } = await open("/ws");
        socket.send(String(code));
        const event = await closed;
        assertEquals([event.code, event.reason], [code, "as you wish"]);
      }
    });

    await t.step("a refusal is the app's own", async () => {
      using connection = await RawConnection.open(proxy.origin);
      const response = await connection.request({
        path: "/ws/refused",
        headers: {
          "Connection": "Upgrade",
          "Upgrade": "websocket",
          "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
      });
      assertEquals([response.status, response.body], [401, "no!\n"]);
      assertEquals(response.headers.get("x-why"), "token");
    });

    await t.step("an app that dies closes the client's socket", async () => {
      const { closed } = await open("/ws");
      await app[Symbol.asyncDispose]();
      assertEquals((await closed).code, 1011);
    });
  },
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
