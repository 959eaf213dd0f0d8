/**
 * `portcullis()` in every kind of app: the same guard, policy, console and responses to unknown
 * clients.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Application } from "@oak/oak";
// @ts-types="npm:@types/express@^5.0.6"
import express from "express";
import { App } from "fresh";
import { Hono } from "hono";
import { portcullis, type PortcullisOptions } from "../../mod.ts";
import { nodeHandler } from "../../node.ts";
import { blockIp } from "../../lib/guard/mod.ts";
import { waitFor } from "../_wait.ts";
import { ask, type Handler } from "./_ask.ts";

type Gate = ReturnType<typeof portcullis>;

/** Each responds with `Hello` at `/`, and has a 404 of its own. */
const KINDS: Record<string, (gate: Gate) => Handler> = {
  "Deno.serve": (gate) =>
    gate.around((request) =>
      new URL(request.url).pathname === "/"
        ? new Response("Hello")
        : new Response("not here", { status: 404 })
    ),
  Hono: (gate) =>
    gate.around(
      new Hono().get("/", (c) => c.text("Hello"))
        .notFound((c) => c.text("not here", 404)).fetch,
    ),
  Oak(gate) {
    const app = new Application();
    app.use((ctx) => {
      if (new URL(String(ctx.request.url)).pathname === "/") {
        ctx.response.body = "Hello";
      }
    });
    return gate.around(async (request, { remoteAddr }) => {
      const answer = await app.handle(request, remoteAddr);
      return answer?.status === 200
        ? answer
        : new Response("not here", { status: 404 });
    });
  },
  Express(gate) {
    const app = express();
    app.get("/", (_, response) => void response.send("Hello"));
    app.use((_, response) => void response.status(404).send("not here"));
    return gate.around(nodeHandler(app));
  },
  Fresh: (gate) =>
    gate.enclose(new App())
      .get("/", (ctx) => ctx.text("Hello"))
      .notFound(() => new Response("not here", { status: 404 }))
      .handler(),
};

const ADMIN = { adminUsername: "ann", adminPassword: "a password for tests" };

async function logIn(
  handler: Handler,
  base: string,
  body: string | undefined = new URLSearchParams({
    username: ADMIN.adminUsername,
    password: ADMIN.adminPassword,
  }).toString(),
): Promise<string> {
  const { status, headers, text } = await ask(handler, `${base}/login`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "sec-fetch-site": "same-origin",
    },
    body,
  });
  assertEquals(status, 303, text);
  return headers.getSetCookie().map((one) => one.split(";")[0]!).join("; ");
}

for (const [kind, build] of Object.entries(KINDS)) {
  Deno.test(`portcullis() in ${kind}: guard, policy, console and jobs on its own store`, async () => {
    using kv = await Deno.openKv(":memory:");
    const options: PortcullisOptions = {
      kv,
      console: "/deep/gate",
      ...ADMIN,
      policy: [
        { name: "no", refuse: true, when: { path: "/no/*" } },
        { name: "few", limit: "2/h", when: { path: "/few" } },
      ],
    };
    await using gate = portcullis(options);
    const handler = build(gate);
    await gate.ready();
    assertEquals((await ask(handler, "/")).text, "Hello");
    assertEquals((await ask(handler, "/nothing")).text, "not here");
    assertEquals((await ask(handler, "/no/way")).status, 403);
    const few = await ask(handler, "/few");
    assertStringIncludes(few.headers.get("ratelimit")!, "few");
    assertEquals((await ask(handler, "/few")).status, 404);
    assertEquals((await ask(handler, "/few")).status, 429);

    const cookie = await logIn(handler, "/deep/gate");
    const page = await ask(handler, "/deep/gate/admin", {
      headers: { cookie },
    });
    assertEquals(page.status, 200);
    assertStringIncludes(page.text, 'href="/deep/gate/admin/requests');
    // The job, and its findings about requests to this app.
    const judged = await ask(handler, "/deep/gate/api/detect", {
      method: "POST",
      headers: { cookie, "content-type": "application/json" },
      body: "{}",
    });
    assertEquals(judged.status, 200, judged.text);
    assert(JSON.parse(judged.text).examined >= 6, judged.text);

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
    await gate.close();
  });

  Deno.test(`portcullis() in ${kind}: a stranger's 404 is the app's where it is hidden`, async () => {
    using kv = await Deno.openKv(":memory:");
    await using gate = portcullis({
      kv,
      hidden: true,
      authorize: (request) => request.headers.get("x-user") === "ann",
    });
    const handler = build(gate);
    await gate.ready();
    const headers = { "x-user": "ann" };
    const seen = await ask(handler, "/portcullis/admin", { headers });
    assertEquals(seen.status, 200);
    const own = await ask(handler, "/nothing");
    for (
      const path of ["", "/admin", "/login", "/styles.css", "/api/me", "/x"]
    ) {
      const { status, text, headers } = await ask(
        handler,
        `/portcullis${path}`,
      );
      assertEquals([status, text], [own.status, own.text], path);
      assertEquals([...headers], [...own.headers], path);
    }
    await gate.close();
  });

  Deno.test(`portcullis() in ${kind}: two of them on one host take nothing from each other`, async () => {
    using first = await Deno.openKv(":memory:");
    using second = await Deno.openKv(":memory:");
    await using one = portcullis({ kv: first, console: "/one", ...ADMIN });
    await using two = portcullis({ kv: second, console: "/two", ...ADMIN });
    const [ones, twos] = [build(one), build(two)];
    await Promise.all([one.ready(), two.ready()]);
    // A browser keeps both cookies, as both are of one host.
    const cookie = `${await logIn(ones, "/one")}; ${await logIn(twos, "/two")}`;
    const names = cookie.split("; ").map((pair) => pair.split("=")[0]);
    assertEquals(new Set(names).size, names.length, cookie);
    const status = async (handler: Handler, path: string) =>
      (await ask(handler, path, { headers: { cookie } })).status;
    assertEquals(await status(ones, "/one/admin"), 200);
    assertEquals(await status(twos, "/two/admin"), 200);
    await blockIp(first, Date.now, { ip: "203.0.113.9", created_by: "test" });
    const peer = "203.0.113.9";
    await waitFor(
      "the block",
      async () => (await ask(ones, "/", { peer })).status === 403,
    );
    assertEquals((await ask(twos, "/", { peer })).status, 200);
    await one.close();
    assertEquals(await status(twos, "/two/admin"), 200);
    await two.close();
  });
}
