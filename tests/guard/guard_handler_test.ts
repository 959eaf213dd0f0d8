import { ConfigError } from "../../lib/settings/config.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { App } from "fresh";
import { scanRequests } from "../../lib/log/request_query.ts";
import { signalNames } from "../../lib/signals/signal.ts";
import {
  blockIp,
  guard,
  guardHandler,
  type GuardOptions,
  type Visitor,
} from "../../lib/guard/mod.ts";
import { waitFor } from "../_wait.ts";

const info = (hostname: string): Deno.ServeHandlerInfo<Deno.NetAddr> => ({
  remoteAddr: { transport: "tcp", hostname, port: 40_000 },
  completed: Promise.resolve(),
});
const block = (kv: Deno.Kv, ip: string) =>
  blockIp(kv, Date.now, { ip, created_by: "test" });
const readRequests = async (kv: Deno.Kv) =>
  (await Array.fromAsync(
    scanRequests(kv, { from: 0, to: Date.now() + 1 }, Date.now),
  )).flat();
const get = (path: string, headers: HeadersInit = {}) =>
  new Request(`http://localhost${path}`, { headers });

Deno.test("guardHandler: lets in, refuses and records before any handler", async () => {
  using kv = await Deno.openKv(":memory:");
  await block(kv, "203.0.113.0/24");
  await using handler = guardHandler(
    (_request, { visitor }) => new Response(visitor.ip),
    { kv },
  );

  const welcome = await handler(get("/a?secret=1"), info("::ffff:192.0.2.7"));
  assertEquals(await welcome.text(), "192.0.2.7");
  const refused = await handler(get("/b"), info("203.0.113.9"));
  assertEquals(refused.status, 403);
  assert((await refused.text()).includes("Your IP has been blocked."));
  await (await handler.ready()).log.flush();

  const records = await readRequests(kv);
  assertEquals(
    records.map(({ ip_address, path, status, outcome }) => ({
      ip_address,
      path,
      status,
      outcome,
    })),
    [
      {
        ip_address: "192.0.2.7",
        path: "/a",
        status: 200,
        outcome: "allowed",
      },
      {
        ip_address: "203.0.113.9",
        path: "/b",
        status: 403,
        outcome: "blocked",
      },
    ],
  );
});

Deno.test("guardHandler: believes a forwarding header from the proxies named only", async () => {
  using kv = await Deno.openKv(":memory:");
  await using handler = guardHandler(
    (_request, { visitor }) => new Response(visitor.ip),
    { kv, trustedProxies: ["10.0.0.0/8"], clientIpHeader: "Forwarded" },
  );
  const headers = { forwarded: 'for="[2001:db8::1]:443"' };
  const believed = await handler(get("/", headers), info("10.1.2.3"));
  assertEquals(await believed.text(), "2001:db8::1");
  const ignored = await handler(get("/", headers), info("192.0.2.1"));
  assertEquals(await ignored.text(), "192.0.2.1");
});

Deno.test("guard(): is the first middleware of any Fresh app", async () => {
  using kv = await Deno.openKv(":memory:");
  await block(kv, "203.0.113.9");
  await using portcullis = guard({ kv });
  const handler = new App<{ visitor: Visitor }>()
    .use(portcullis)
    .get("/", (ctx) => ctx.text(ctx.state.visitor.ip))
    .handler();
  const welcome = await handler(get("/"), info("192.0.2.7"));
  assertEquals(await welcome.text(), "192.0.2.7");
  const refused = await handler(get("/nothing/here"), info("203.0.113.9"));
  assertEquals(refused.status, 403);
  await refused.body?.cancel();
});

Deno.test("guard(): judges bodies, as a middleware and around an app, and leaves them to the routes", async () => {
  for (const way of ["use", "enclose"] as const) {
    using kv = await Deno.openKv(":memory:");
    await using gate = guard({ kv });
    const app = new App<{ visitor: Visitor }>();
    if (way === "use") app.use(gate);
    else gate.enclose(app);
    app.post("/comments", async (ctx) => ctx.text(await ctx.req.text()));
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      app.handler(),
    );
    const body = "text=1' UNION SELECT password FROM users-- ";
    const response = await fetch(
      `http://127.0.0.1:${server.addr.port}/comments`,
      {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body,
      },
    );
    assertEquals(await response.text(), body);
    await server.shutdown();
    await (await gate.ready()).log.flush();
    assertEquals(
      (await readRequests(kv)).map(({ signals }) => signalNames(signals)),
      [["sqli"]],
      way,
    );
  }
});

Deno.test("guardHandler: tells once of a failure that stays, and again of another", async () => {
  let why = "one";
  let tries = 0;
  const told: string[] = [];
  await using handler = guardHandler(() => new Response("in"), {
    kv: () => {
      tries++;
      return Promise.reject(new Error(why));
    },
    onError: (_, error) => told.push(String(error)),
  });
  async function untilTried(times: number): Promise<void> {
    await waitFor(`try ${times}`, async () => {
      const answer = await handler(get("/"), info("192.0.2.7"));
      await answer.body?.cancel();
      return tries >= times;
    });
  }
  await untilTried(3);
  assertEquals(told, ["Error: one"]);
  why = "another";
  await untilTried(tries + 1);
  assertEquals(told, ["Error: one", "Error: another"]);
});

Deno.test("guardHandler: fails closed until the lists were read once, then opens by itself", async () => {
  using kv = await Deno.openKv(":memory:");
  await block(kv, "203.0.113.9");
  let tries = 0;
  const errors: string[] = [];
  await using handler = guardHandler(() => new Response("in"), {
    kv: () => {
      if (++tries === 1) return Promise.reject(new Error("no store yet"));
      // The guard closes only what it opened; this one is the test's.
      return Promise.resolve(
        new Proxy(kv, {
          get: (target, name) =>
            name === "close" ? () => {} : bound(target, name),
        }),
      );
    },
    onError: (what) => errors.push(what),
  });
  const early = await handler(get("/"), info("192.0.2.7"));
  assertEquals(early.status, 503);
  assertEquals(early.headers.get("retry-after"), "1");
  await early.body?.cancel();
  const api = await handler(get("/api/x"), info("192.0.2.7"));
  assertEquals(api.headers.get("content-type"), "application/problem+json");
  await api.body?.cancel();
  assertEquals([tries, errors], [1, ["sys_guard_open_fail"]]);

  await new Promise((resolve) => setTimeout(resolve, 260));
  const late = await handler(get("/"), info("192.0.2.7"));
  assertEquals(await late.text(), "in");
  const refused = await handler(get("/"), info("203.0.113.9"));
  assertEquals(refused.status, 403);
  await refused.body?.cancel();
});

Deno.test("guardHandler: what it was closed with is stored, what comes after gets 503", async () => {
  using kv = await Deno.openKv(":memory:");
  const handler = guardHandler(() => new Response("in"), { kv });
  await (await handler(get("/last"), info("192.0.2.7"))).body?.cancel();
  await handler.close();
  await handler.close();
  const [record] = await readRequests(kv);
  assertEquals(record?.path, "/last");
  assertEquals((await handler(get("/"), info("192.0.2.7"))).status, 503);
  await assertRejects(() => handler.ready(), Error, "closed");
});

Deno.test("guardHandler: options that make no sense throw at once", async () => {
  using kv = await Deno.openKv(":memory:");
  const bad: [
    Partial<GuardOptions>,
    // deno-lint-ignore no-explicit-any
    new (...args: any[]) => Error,
    string,
  ][] = [
    [
      { trustedProxies: ["10.0.0.0/33"] },
      ConfigError,
      'trustedProxies is ["10.0.0.0/33"]: expected addresses or CIDR ranges',
    ],
    [
      { clientIpHeader: "no header" },
      ConfigError,
      'clientIpHeader is "no header": expected forwarded',
    ],
    [
      { logRetention: "30" },
      ConfigError,
      'logRetention is "30": expected a duration',
    ],
    [{ ipv6Prefix: 15 }, ConfigError, "ipv6Prefix is 15: expected a whole"],
    [
      { geoProvider: "ipinfo", ipinfoToken: 7 as unknown as string },
      ConfigError,
      "ipinfoToken is (not shown): expected a token",
    ],
    [{ countryBlock: ["DE"] }, TypeError, 'geoProvider "off"'],
    [
      { countryBlock: ["Germany"], geoProvider: "embedded" },
      ConfigError,
      'countryBlock is ["Germany"]: expected ISO',
    ],
  ];
  for (const [options, type, message] of bad) {
    assertThrows(
      () => guardHandler(() => new Response(), { kv, ...options }),
      type,
      message,
    );
  }
});

// deno-lint-ignore no-explicit-any
function bound(target: any, name: PropertyKey): unknown {
  const value = target[name];
  return typeof value === "function" ? value.bind(target) : value;
}
