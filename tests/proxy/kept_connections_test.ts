import http, { type IncomingMessage } from "node:http";
import { PerformanceObserver } from "node:perf_hooks";
import { assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { Upstream } from "../../lib/proxy/upstream.ts";
import { waitFor } from "../_wait.ts";

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";

/** An app that answers each request by `answer`, and tells on which connection it came. */
function startApp(
  answer: (conn: Deno.TcpConn, count: number) => Promise<unknown>,
) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const asked: number[] = [];
  let connections = 0;
  async function serve(conn: Deno.TcpConn): Promise<void> {
    const number = connections++;
    open.add(conn);
    const buffer = new Uint8Array(65_536);
    try {
      while (await conn.read(buffer) !== null) {
        asked.push(number);
        await answer(conn, asked.length);
      }
    } catch {
      // Closed here, or reset by the other side.
    }
    open.delete(conn);
    try {
      conn.close();
    } catch {
      // It is closed already.
    }
  }
  const accepting = (async () => {
    for await (const conn of listener) serve(conn);
  })();
  const { port } = listener.addr as Deno.NetAddr;
  return {
    port,
    upstream: (maxIdle = 8) =>
      new Upstream({ url: new URL(`http://127.0.0.1:${port}`), maxIdle }),
    /** The number of the connection of each request. */
    asked,
    open,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const conn of open) conn.close();
    },
  };
}

function send(conn: Deno.TcpConn, text: string): Promise<number> {
  return conn.write(new TextEncoder().encode(text));
}

/** The text of a response, or the error's message. */
function ask(upstream: Upstream, reuse = true): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = upstream.open({
      ...{ method: "GET", target: "/", fields: ["Host", "h"] },
      ...{ framing: "none", reuse },
    });
    outgoing.on("response", (head: IncomingMessage) => {
      let text = "";
      head.on("data", (chunk) => text += chunk);
      head.on("end", () => resolve(text));
      head.on("error", (error) => resolve(error.message));
    });
    outgoing.on("error", (error) => resolve(error.message));
    outgoing.end();
  });
}

/** A turn in which a connection that is free is put back. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("kept connections: requests one after the other share a connection, those at once do not", async () => {
  await using app = startApp((conn) => send(conn, `${HEAD}\r\nok`));
  const upstream = app.upstream();
  for (let i = 0; i < 3; i++) {
    assertEquals(await ask(upstream), "ok");
    await turn();
  }
  assertEquals(app.asked, [0, 0, 0]);
  assertEquals(
    await Promise.all([ask(upstream), ask(upstream), ask(upstream)]),
    ["ok", "ok", "ok"],
  );
  assertEquals(app.asked.slice(3).sort(), [0, 1, 2]);
  upstream.close();
  await waitFor("all connections closed", () => app.open.size === 0);
});

Deno.test("kept connections: no more than maxIdle stay open", async () => {
  await using app = startApp((conn) => send(conn, `${HEAD}\r\nok`));
  const upstream = app.upstream(2);
  await Promise.all(Array.from({ length: 6 }, () => ask(upstream)));
  await waitFor("four connections closed", () => app.open.size === 2);
  assertEquals(await ask(upstream), "ok");
  upstream.close();
});

Deno.test("kept connections: one that the app ends, announces to end, or says more on than was asked is not used again", async () => {
  for (
    const [name, tail] of Object.entries({
      "Connection: close": "Connection: close\r\n\r\nok",
      "closed in a second": "Keep-Alive: timeout=1, max=5\r\n\r\nok",
      "an answer too many": `\r\nok${HEAD}\r\nno`,
    })
  ) {
    await using app = startApp((conn) => send(conn, HEAD + tail));
    const upstream = app.upstream();
    for (let i = 0; i < 3; i++) {
      assertEquals(await ask(upstream), "ok", name);
      await turn();
    }
    assertEquals(app.asked, [0, 1, 2], name);
    upstream.close();
  }
  await using app = startApp((conn) =>
    send(conn, `${HEAD}Keep-Alive: timeout=5\r\n\r\nok`)
  );
  const upstream = app.upstream();
  await ask(upstream);
  await turn();
  await ask(upstream);
  assertEquals(app.asked, [0, 0]);
  upstream.close();
});

Deno.test("kept connections: data that comes while one is idle closes it, whoever asks next", async () => {
  await using app = startApp((conn) => send(conn, `${HEAD}\r\nok`));
  const upstream = app.upstream();
  assertEquals(await ask(upstream), "ok");
  await turn();
  const [first] = app.open;
  await send(first!, `${HEAD}\r\nno`);
  await delay(50);
  for (let i = 0; i < 2; i++) {
    assertEquals(await ask(upstream), "ok");
    await turn();
  }
  assertEquals(app.asked, [0, 1, 1]);
  upstream.close();
});

Deno.test("kept connections: when the app closes idle ones, the next request gets a new one", async () => {
  await using app = startApp((conn) => send(conn, `${HEAD}\r\nok`));
  const upstream = app.upstream();
  for (let i = 0; i < 20; i++) {
    assertEquals(await ask(upstream), "ok");
    // With and without a turn in which the end arrives.
    if (i % 2 === 0) await turn();
    for (const conn of app.open) conn.close();
  }
  upstream.close();
});

Deno.test("kept connections: an app that closes instead of answering is asked once more, then it is an error", async () => {
  await using app = startApp(async (conn, count) => {
    if (count === 1) await send(conn, `${HEAD}\r\nok`);
    else conn.close();
  });
  const upstream = app.upstream();
  assertEquals(await ask(upstream), "ok");
  await turn();
  assertEquals(await ask(upstream), "socket hang up");
  assertEquals(app.asked, [0, 0, 1]);
  assertEquals(await ask(upstream, false), "socket hang up");
  upstream.close();
});

Deno.test("kept connections: a hundred requests leave no listeners behind", async () => {
  await using app = startApp((conn) => send(conn, `${HEAD}\r\nok`));
  const upstream = app.upstream();
  const counts: number[] = [];
  for (let i = 0; i < 100; i++) {
    await new Promise<void>((resolve) => {
      const outgoing = upstream.open({
        ...{ method: "GET", target: "/", fields: ["Host", "h"] },
        ...{ framing: "none", reuse: true },
      });
      outgoing.on("response", (head: IncomingMessage) => {
        const { socket } = head;
        counts.push(
          socket.eventNames().reduce(
            (sum, event) => sum + socket.listenerCount(event),
            0,
          ),
        );
        head.resume();
        head.on("end", resolve);
      });
      outgoing.end();
    });
    await turn();
  }
  assertEquals(app.asked, Array.from({ length: 100 }, () => 0));
  assertEquals(counts[99], counts[1]);
  upstream.close();
});

Deno.test("upstream: an exchange is not described for observers of performance", async () => {
  await using app = startApp((conn) => send(conn, `${HEAD}\r\nok`));
  const names: string[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) names.push(name);
  });
  observer.observe({ entryTypes: ["http"] });
  const { port } = app;
  // As a check of the check: what `node:http` itself asks is described.
  await new Promise<void>((resolve) => {
    http.get({ port, agent: false }, (head) => {
      head.resume();
      head.on("end", resolve);
    });
  });
  await waitFor("a description", () => names.length > 0);
  assertEquals(names, ["HttpClient"]);
  const upstream = app.upstream();
  assertEquals(await ask(upstream), "ok");
  await turn();
  assertEquals(names, ["HttpClient"]);
  observer.disconnect();
  upstream.close();
  assertEquals(app.asked.length, 2);
});
