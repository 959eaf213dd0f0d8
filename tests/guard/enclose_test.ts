import { assert, assertEquals } from "@std/assert";
import { App } from "fresh";
import { blockIp, guard, type Visitor } from "../../lib/guard/mod.ts";
import { scanRequests } from "../../lib/log/request_query.ts";

const info = (hostname: string): Deno.ServeHandlerInfo<Deno.NetAddr> => ({
  remoteAddr: { transport: "tcp", hostname, port: 40_000 },
  completed: Promise.resolve(),
});

interface State {
  visitor: Visitor;
}

async function enclosed(allowedHosts?: string[]) {
  const kv = await Deno.openKv(":memory:");
  await blockIp(kv, Date.now, { ip: "203.0.113.9", created_by: "test" });
  const errors: unknown[] = [];
  const gate = guard({
    kv,
    allowedHosts,
    onError: (what, error) => errors.push(what, error),
  });
  const app = new App<State>();
  gate.enclose(app);
  app
    .get("/", (ctx) => ctx.text(ctx.state.visitor.ip))
    .get("/p/:id", (ctx) => ctx.text(ctx.params.id!))
    .all("/all", () => new Response("all"))
    .get("/fails", () => {
      throw new Error("a bug");
    });
  const handler = app.handler();
  return {
    errors,
    send: (path: string, method = "GET", peer = "192.0.2.7", host = "h") =>
      handler(
        new Request(`http://localhost${path}`, { method, headers: { host } }),
        info(peer),
      ),
    async records() {
      await (await gate.ready()).log.flush();
      const pieces = await Array.fromAsync(
        scanRequests(kv, { from: 0, to: Date.now() + 1 }, Date.now),
      );
      return pieces.flat().map(({ ip_address, method, path, status }) =>
        `${ip_address} ${method} ${path} ${status}`
      );
    },
    async [Symbol.asyncDispose]() {
      await gate.close();
      kv.close();
    },
  };
}

Deno.test("enclose(): what Fresh refuses before any middleware is answered, recorded, and refused to the blocked", async () => {
  await using app = await enclosed();
  const cases: [path: string, method: string, host: string, status: number][] =
    [
      ["/", "PROPFIND", "h", 405],
      ["/p/1", "FOO", "h", 405],
      ["/all", "BREW", "h", 405],
      ["/none", "BREW", "h", 405],
      ["/", "patch", "h", 405],
      ["/p/%ff", "GET", "h", 400],
      ["/p/%", "GET", "h", 400],
      ["/p/%E0%A4%A", "GET", "h", 400],
      ["/none%ff", "GET", "h", 404],
      ["/", "GET", "h\\login#", 400],
      ["/", "GET", "[", 400],
      ["/", "GET", "a b", 400],
      ["/", "GET", "x:99999", 400],
    ];
  const expected: string[] = [];
  for (const [path, method, host, status] of cases) {
    const response = await app.send(path, method, "192.0.2.7", host);
    await response.body?.cancel();
    assertEquals(response.status, status, `${method} ${path} ${host}`);
    const refused = await app.send(path, method, "203.0.113.9", host);
    await refused.body?.cancel();
    assertEquals(refused.status, 403, `${method} ${path} ${host}`);
    expected.push(
      `192.0.2.7 ${method} ${path} ${status}`,
      `203.0.113.9 ${method} ${path} 403`,
    );
  }
  assertEquals((await app.records()).sort(), expected.sort());
  assertEquals(app.errors, []);
});

Deno.test("enclose(): a request is recorded once, and its visitor is known to routes that were added later", async () => {
  await using app = await enclosed();
  assertEquals(await (await app.send("/")).text(), "192.0.2.7");
  assertEquals(await (await app.send("/", "OPTIONS")).text(), "");
  const allowed = await app.send("/", "TRICK");
  assert(allowed.headers.get("allow")?.includes("GET"));
  await allowed.body?.cancel();
  assertEquals(await app.records(), [
    "192.0.2.7 GET / 200",
    "192.0.2.7 OPTIONS / 204",
    "192.0.2.7 TRICK / 405",
  ]);
});

Deno.test("allowedHosts: requests for others get 421 and a record, malformed ones 400, blocked ones 403", async () => {
  await using app = await enclosed(["example.org", "localhost"]);
  const cases: [host: string, peer: string, status: number][] = [
    ["example.org", "192.0.2.7", 200],
    ["EXAMPLE.org:80", "192.0.2.7", 200],
    ["evil.example", "192.0.2.7", 421],
    ["192.0.2.1", "192.0.2.7", 421],
    ["a b", "192.0.2.7", 400],
    ["evil.example", "203.0.113.9", 403],
  ];
  for (const [host, peer, status] of cases) {
    const response = await app.send("/", "GET", peer, host);
    await response.body?.cancel();
    assertEquals(response.status, status, `${host} ${peer}`);
  }
  const health = await app.send("/healthz", "GET", "192.0.2.7", "evil.example");
  await health.body?.cancel();
  // Not a route of this app; but not misdirected.
  assertEquals(health.status, 404);
  assertEquals(
    (await app.records()).map((record) => record.slice(-3)),
    [...cases.map(([, , status]) => `${status}`), "404"],
  );
});
