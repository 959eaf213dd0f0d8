import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { App } from "fresh";
import { Hono } from "hono";
import { portcullis, type PortcullisOptions } from "../../mod.ts";
import {
  blockIp,
  type GuardedInfo,
  type Visitor,
} from "../../lib/guard/mod.ts";
import { FLAG } from "../../lib/log/request_record.ts";
import { scanRequests } from "../../lib/log/request_query.ts";
import { ask, type Handler } from "./_ask.ts";
import { waitFor } from "../_wait.ts";

const ADMIN = { adminUsername: "ann", adminPassword: "a password for tests" };

/** Logs in by the form of the console at `base`; returns the cookie as a browser would send it. */
async function logIn(handler: Handler, base: string): Promise<string> {
  const { status, headers, text } = await ask(handler, `${base}/login`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "sec-fetch-site": "same-origin",
    },
    body: new URLSearchParams({
      username: ADMIN.adminUsername,
      password: ADMIN.adminPassword,
    }),
  });
  assertEquals(status, 303, text);
  const cookies = headers.getSetCookie();
  for (const cookie of cookies) assertMatch(cookie, new RegExp(`Path=${base}`));
  return cookies.map((cookie) => cookie.split(";")[0]!).join("; ");
}

async function logged(kv: Deno.Kv): Promise<string[]> {
  const all = { from: 0, to: Date.now() + 1_000 };
  return (await Array.fromAsync(scanRequests(kv, all, Date.now))).flat()
    .map((one) =>
      `${one.method} ${one.path} ${one.status} ${one.outcome}` +
      ((one.flags & FLAG.console) === 0 ? "" : " by the console's admin")
    );
}

Deno.test("portcullis() guards a plain handler and has the console under its path", async () => {
  using kv = await Deno.openKv(":memory:");
  const gate = portcullis({ kv, ...ADMIN });
  const handler = gate.around((_, { visitor }) =>
    new Response(`Hello, ${visitor.ip}`)
  );
  await gate.ready();
  assertEquals((await ask(handler, "/")).text, "Hello, 198.51.100.7");
  // Paths with only the same prefix belong to the host.
  assertEquals((await ask(handler, "/portcullisx")).status, 200);
  const sent = await ask(handler, "/portcullis/admin/requests?status=200");
  assertEquals(sent.status, 303);
  assertEquals(
    sent.headers.get("location"),
    "/portcullis/login?next=%2Fadmin%2Frequests%3Fstatus%3D200",
  );
  const cookie = await logIn(handler, "/portcullis");
  const page = await ask(handler, "/portcullis/admin", { headers: { cookie } });
  assertEquals(page.status, 200);
  assertMatch(
    page.headers.get("content-security-policy")!,
    /script-src 'self' 'nonce-/,
  );
  const scripts = [...page.text.matchAll(/from ?"(\/[^"]*\.js)"/g)];
  assert(scripts.length > 0, page.text);
  for (const [, path] of scripts) {
    const script = await ask(handler, path!);
    assertEquals(script.status, 200, path);
    assertMatch(script.headers.get("content-type")!, /javascript/);
    assertMatch(script.headers.get("cache-control")!, /immutable/);
    const etag = script.headers.get("etag")!;
    const again = await ask(handler, path!, {
      headers: { "if-none-match": etag },
    });
    assertEquals([again.status, again.text], [304, ""]);
  }

  await blockIp(kv, Date.now, {
    ip: "203.0.113.9",
    created_by: "test",
    force: true,
  });
  await waitFor(
    "the block",
    async () =>
      (await ask(handler, "/", { peer: "203.0.113.9" })).status === 403,
  );
  for (const path of ["/", "/portcullis", "/portcullis/admin"]) {
    const refused = await ask(handler, path, { peer: "203.0.113.9" });
    assertEquals(refused.status, 403);
    assertStringIncludes(refused.text, "Your IP has been blocked.");
  }
  await gate.close();
  assertEquals((await ask(handler, "/")).status, 503);
  const log = await logged(kv);
  assert(log.includes("GET / 200 allowed"), log.join("\n"));
  assert(
    log.includes("GET /portcullis/admin 200 allowed by the console's admin"),
    log.join("\n"),
  );
  assert(log.includes("GET /portcullis/admin 403 blocked"), log.join("\n"));
  assertEquals(log.filter((line) => line.includes(".js")), []);
});

Deno.test("portcullis() encloses a Fresh app, whose routes and 404 stay its own", async () => {
  using kv = await Deno.openKv(":memory:");
  const gate = portcullis({ kv, console: "/gate", ...ADMIN });
  const app = gate.enclose(new App<{ visitor: Visitor }>())
    .get("/", (ctx) => ctx.text(`Hello, ${ctx.state.visitor.ip}`))
    .get("/p/:id", (ctx) => ctx.text(ctx.params.id!))
    .notFound(() => new Response("the host's 404", { status: 404 }));
  const handler: Handler = app.handler();
  await gate.ready();
  assertEquals((await ask(handler, "/")).text, "Hello, 198.51.100.7");
  assertEquals((await ask(handler, "/nothing")).text, "the host's 404");
  assertEquals((await ask(handler, "/p/%ff")).status, 400);
  assertEquals((await ask(handler, "/", { method: "PROPFIND" })).status, 405);
  const cookie = await logIn(handler, "/gate");
  const api = await ask(handler, "/gate/api/requests?limit=5", {
    headers: { cookie },
  });
  assertEquals(api.status, 200);
  await gate.close();
  const log = await logged(kv);
  assert(log.includes("PROPFIND / 405 allowed"), log.join("\n"));
});

Deno.test("portcullis() tells a Hono app its visitor", async () => {
  using kv = await Deno.openKv(":memory:");
  const hono = new Hono<{ Bindings: GuardedInfo }>()
    .get("/", (c) => c.text(c.env.visitor.ip));
  const gate = portcullis({ kv, console: false });
  const handler = gate.around(hono.fetch);
  await gate.ready();
  assertEquals((await ask(handler, "/")).text, "198.51.100.7");
  assertEquals((await ask(handler, "/portcullis")).status, 404);
  await gate.close();
});

Deno.test("portcullis() takes the host's word for who may use the console", async () => {
  using kv = await Deno.openKv(":memory:");
  const asked: string[] = [];
  const gate = portcullis({
    kv,
    authorize(request, visitor) {
      asked.push(new URL(request.url).pathname);
      visitor.username = request.headers.get("x-user");
      return visitor.username === "maria";
    },
  });
  const handler = gate.around(() => new Response("host"));
  await gate.ready();
  const maria = { headers: { "x-user": "maria" } };
  const page = await ask(handler, "/portcullis/admin", maria);
  assertEquals(page.status, 200);
  assertStringIncludes(page.text, "maria");
  for (
    const path of ["/portcullis", "/portcullis/admin", "/portcullis/login"]
  ) {
    const stranger = await ask(handler, path);
    assertEquals(stranger.status, 403, path);
  }
  for (const path of ["/login", "/signup", "/profile", "/setup", "/logout"]) {
    const gone = await ask(handler, `/portcullis${path}`, maria);
    assertEquals(gone.status, 404, path);
  }
  const blocked = await ask(handler, "/portcullis/api/blocked", {
    method: "POST",
    headers: { "x-user": "maria", "content-type": "application/json" },
    body: JSON.stringify({ ip: "192.0.2.9" }),
  });
  assertEquals(blocked.status, 201, blocked.text);
  assertEquals(JSON.parse(blocked.text).created_by, "maria");
  // Another site's page cannot use the action for a form of its own.
  const forged = await ask(handler, "/portcullis/admin/blocked", {
    method: "POST",
    headers: {
      "x-user": "maria",
      "content-type": "application/x-www-form-urlencoded",
      "origin": "http://evil.example",
    },
    body: "ip=192.0.2.10",
  });
  assertEquals(forged.status, 403);
  await gate.close();
});

Deno.test("portcullis() hides its console from strangers behind the host's answer", async () => {
  using kv = await Deno.openKv(":memory:");
  const gate = portcullis({
    kv,
    hidden: true,
    authorize: (request) => request.headers.get("x-user") === "maria",
  });
  const handler = gate.around((request) =>
    new Response(`nothing at ${new URL(request.url).pathname}`, { status: 404 })
  );
  await gate.ready();
  for (
    const path of [
      "/portcullis",
      "/portcullis/styles.css",
      "/portcullis/api/me",
    ]
  ) {
    const { status, text, headers } = await ask(handler, path);
    assertEquals([status, text], [404, `nothing at ${path}`]);
    assertEquals(headers.get("content-security-policy"), null);
  }
  const maria = { headers: { "x-user": "maria" } };
  assertEquals((await ask(handler, "/portcullis/admin", maria)).status, 200);
  await gate.close();
});

Deno.test("portcullis(): what authorize throws opens nothing, and anything but true is no", async () => {
  for (
    const authorize of [
      () => {
        throw new Error("down");
      },
      () => "yes" as unknown as boolean,
      () => Promise.reject(new Error("down")),
    ]
  ) {
    using kv = await Deno.openKv(":memory:");
    const gate = portcullis({ kv, authorize });
    const handler = gate.around(() => new Response("host"));
    const { status } = await ask(handler, "/portcullis/admin");
    assert(status === 403 || status === 500, `${status}`);
    await gate.close();
  }
});

Deno.test("portcullis(): two in one process keep their stores, names, cookies and paths", async () => {
  using first = await Deno.openKv(":memory:");
  using second = await Deno.openKv(":memory:");
  const one = portcullis({ kv: first, console: "/one", ...ADMIN });
  const two = portcullis({
    kv: second,
    console: "/two",
    ...ADMIN,
    adminPassword: "another password for tests",
    privacyIp: "truncated",
  });
  const inner = two.around(() => new Response("inner"));
  const handler = one.around((request, info) => inner(request, info));
  await one.ready();
  await two.ready();
  const cookie = await logIn(handler, "/one");
  assertEquals(
    (await ask(handler, "/one/admin", { headers: { cookie } })).status,
    200,
  );
  assertEquals(
    (await ask(handler, "/two/admin", { headers: { cookie } })).status,
    303,
  );
  await two.close();
  assertEquals((await ask(handler, "/two/admin")).status, 503);
  assertEquals(
    (await ask(handler, "/one/admin", { headers: { cookie } })).status,
    200,
  );
  await one.close();
  assertEquals(
    (await logged(second)).filter((line) => line.includes("/one")),
    [],
  );
});

const WRONG: [options: Record<string, unknown>, message: RegExp][] = [
  [{ console: "portcullis" }, /console at "portcullis": expected a path/],
  [{ console: "/" }, /expected a path such as \/portcullis/],
  [{ console: "/a b" }, /expected a path/],
  [{ console: 80 }, /expected a path/],
  [{ trustedProxis: "10.0.0.1" }, /"trustedProxis": expected "trustedProxies"/],
  [{ trustedProxies: "10.0.0.0/99" }, /^trustedProxies is "10.0.0.0\/99": exp/],
  [{ logRetention: "soon" }, /^logRetention is "soon": expected a duration/],
  [{ ipv6Prefix: 200 }, /^ipv6Prefix is 200: expected a whole number/],
  [{ autoBlock: "perhaps" }, /^autoBlock is "perhaps": expected one of off/],
  [{ kv: 7 }, /"kv": expected a Deno.Kv/],
  [{ kv: "ftp://x" }, /expected a file/],
  [{ authorize: true }, /"authorize": expected a function/],
  [{ hidden: true }, /expected authorize/],
  [{ policy: [{ name: "x", refuse: true, when: { pth: "/" } }] }, /pth/],
  [{ countryBlock: ["DE"] }, /geoProvider "off"/],
  [{ geo: {} }, /expected dbip/],
  [{ asn: "asn" }, /expected asn/],
  [{ adminUsername: "ann" }, /ADMIN_PASSWORD is not set/],
  [{ whoIs: {} }, /"whoIs": expected a function/],
];
for (const [options, message] of WRONG) {
  Deno.test(`portcullis() throws at once for ${JSON.stringify(options)}`, () => {
    const error = assertThrows(() => portcullis(options as PortcullisOptions));
    assertMatch((error as Error).message, message);
  });
}

Deno.test("portcullis().ready() rejects where the store is newer, and requests get 503", async () => {
  using kv = await Deno.openKv(":memory:");
  await kv.set(["schema_version"], 99);
  const told: string[] = [];
  const gate = portcullis({ kv, onError: (what) => void told.push(what) });
  const error = await assertRejects(() => gate.ready(), Error);
  assertMatch(error.message, /99/);
  const handler = gate.around(() => new Response("host"));
  assertEquals((await ask(handler, "/")).status, 503);
  assertEquals(told, ["sys_guard_open_fail"]);
  await gate.close();
});
