import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { pageRequests } from "../../lib/log/request_query.ts";
import { startApp, type TestApp, type TestRequest } from "../_app.ts";
import { type BreakableKv, breakableKv } from "../_breakable_kv.ts";
import { waitFor } from "../_wait.ts";

const BAD_IP = "203.0.113.9";

/** The console output while `run` ran. */
async function logged(run: () => Promise<void>): Promise<string[]> {
  const real = console.error;
  const lines: string[] = [];
  console.error = (...args: unknown[]) => lines.push(args.join(" "));
  try {
    await run();
  } finally {
    console.error = real;
  }
  return lines;
}

function count(lines: string[], event: string): number {
  return lines.filter((line) => line.includes(`"event":"${event}"`)).length;
}

interface Setting {
  app: TestApp;
  store: BreakableKv;
  cookie: string;
  token: string;
}

/** An app on a working store, an admin, and a blocked address; then `run`. */
async function withStore(run: (setting: Setting) => Promise<void>) {
  using real = await Deno.openKv(":memory:");
  const store = breakableKv(real);
  const app = await startApp({ kv: store.kv });
  try {
    const { cookie, token } = await app.signIn("root", "admin");
    const blocked = await app.fetch("/api/blocked", {
      token,
      json: { ip: BAD_IP },
    });
    assertEquals(blocked.status, 201);
    await blocked.body?.cancel();
    await run({ app, store, cookie, token });
  } finally {
    store.mode = "ok";
    await app[Symbol.asyncDispose]();
  }
}

async function ask(app: TestApp, path: string, options?: TestRequest) {
  const started = performance.now();
  const response = await app.fetch(path, options);
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers, text, took: performance.now() - started };
}

const credentials = { username: "root", password: "a password for tests" };

for (const mode of ["throw", "hang"] as const) {
  const how = mode === "throw" ? "throws" : "hangs";

  Deno.test(`with a store that ${how}, pages go on with the last known block list`, async () => {
    await withStore(async ({ app, store, cookie }) => {
      const lines = await logged(async () => {
        // The delay of this machine is not the store's.
        const before = await ask(app, "/", { cookie });
        const bound = 250 + 250 + 3 * before.took;
        store.mode = mode;
        await app.services.lists.poll();
        for (const path of ["/", "/login", "/signup", "/styles.css"]) {
          const stranger = await ask(app, path);
          assertEquals(stranger.status, 200, path);
          assert(stranger.took < bound, `${path} took ${stranger.took} ms`);
        }
        const blocked = await ask(app, "/", { peer: BAD_IP });
        assertEquals(blocked.status, 403);
        const known = await ask(app, "/", { cookie });
        assertEquals(known.status, 200);
        assert(known.took < bound, `took ${known.took} ms`);
      });
      assertEquals(count(lines, "sys_error"), 0);
    });
  });

  Deno.test(`with a store that ${how}, what needs it answers 503 with Retry-After`, async (t) => {
    await withStore(async ({ app, store, cookie, token }) => {
      const rows: [string, TestRequest][] = [
        ["/login", { form: credentials }],
        ["/signup", { form: { ...credentials, username: "ann" } }],
        ["/api/login", { json: credentials }],
        ["/api/signup", { json: { ...credentials, username: "ann" } }],
        ["/admin", { cookie }],
        ["/admin/requests", { cookie }],
        ["/admin/blocked", { cookie }],
        ["/admin/blocked", { cookie, form: { action: "block", ip: "::9" } }],
        ["/admin/health", { cookie }],
        ["/profile", { cookie }],
        ["/api/me", { token }],
        ["/api/blocked", { token }],
        ["/api/blocked", { token, json: { ip: "192.0.2.1" } }],
      ];
      store.mode = mode;
      const lines = await logged(async () => {
        const answers = await Promise.all(
          rows.map(([path, options]) => ask(app, path, options)),
        );
        for (const [index, [path, options]] of rows.entries()) {
          const method = options.form || options.json ? "POST" : "GET";
          await t.step(`${method} ${path}`, () => {
            const answer = answers[index]!;
            assertEquals(answer.status, 503, answer.text);
            assert(Number(answer.headers.get("retry-after")) >= 1);
            assert(
              answer.headers.get("content-security-policy")?.includes(
                "object-src 'none'",
              ),
            );
            assert(answer.took < 5_000, `took ${answer.took} ms`);
            assert(!answer.text.includes("disk I/O"), "no inner words");
          });
        }
      });
      assertEquals(count(lines, "sys_store_down"), 1, lines.join("\n"));
      assertEquals(count(lines, "sys_error"), 0);
    });
  });

  Deno.test(`with a store that ${how}, /healthz is red, and all recovers without a restart`, async () => {
    await withStore(async ({ app, store, cookie, token }) => {
      const { lists, log } = app.services;
      const lines = await logged(async () => {
        store.mode = mode;
        const red = await ask(app, "/healthz");
        assertEquals(red.status, 503);
        assertStringIncludes(
          JSON.parse(red.text).reason,
          mode === "throw" ? "disk I/O error" : "No answer within",
        );
        await lists.poll();
        await lists.poll();
        await ask(app, "/while-down");
        assertEquals((await ask(app, "/admin", { cookie })).status, 503);
        await delay(100);

        store.mode = "ok";
        // Operations in progress when the store hung still have to reach their deadline.
        await waitFor(
          "the store to be back",
          async () => (await ask(app, "/healthz")).status === 200,
        );
        assertEquals((await ask(app, "/admin", { cookie })).status, 200);
        assertEquals(
          (await ask(app, "/login", { form: credentials })).status,
          303,
        );
        const unblocked = await ask(app, `/api/blocked/${BAD_IP}`, {
          token,
          method: "DELETE",
        });
        assertEquals(unblocked.status, 204);
        assertEquals((await ask(app, "/", { peer: BAD_IP })).status, 200);
        await log.flush();
        // A poll that began while the store hung may still be waiting for it.
        await lists.poll();
        app.clock.now += 6_000;
        assert(await lists.poll());
      });
      assertEquals(count(lines, "sys_store_down"), 1, lines.join("\n"));
      assertEquals(count(lines, "sys_store_up"), 1, lines.join("\n"));
      const { items } = await pageRequests(
        store.kv,
        { limit: 500 },
        () => app.clock.now,
      );
      assert(
        items.some(({ path }) => path === "/while-down"),
        "what was asked for meanwhile is in the log",
      );
      assertEquals(log.status().dropped, 0);
    });
  });
}

Deno.test("with a full disk pages and lists go on, health turns red, one line says so", async () => {
  await withStore(async ({ app, store, cookie }) => {
    const lines = await logged(async () => {
      store.mode = "full";
      for (let i = 0; i < 20; i++) {
        assertEquals((await ask(app, `/${i}`)).status, 404);
      }
      assertEquals((await ask(app, "/", { peer: BAD_IP })).status, 403);
      assertEquals((await ask(app, "/admin", { cookie })).status, 200);
      await app.services.log.flush();
      for (let i = 0; i < 3; i++) {
        const refused = await ask(app, "/admin/blocked", {
          cookie,
          form: { action: "block", ip: "192.0.2.1" },
        });
        assertEquals(refused.status, 503, refused.text);
        await app.services.lists.poll();
      }
      const red = await ask(app, "/healthz");
      assertEquals(red.status, 503);
      assertStringIncludes(red.text, "disk is full");
      assertEquals(
        (await ask(app, "/login", { form: credentials })).status,
        503,
      );

      store.mode = "ok";
      app.clock.now += 6_000;
      await app.services.log.flush();
      await app.services.lists.poll();
      assertEquals((await ask(app, "/healthz")).status, 200);
    });
    assertEquals(count(lines, "sys_request_log_fail"), 1, lines.join("\n"));
    assertEquals(count(lines, "sys_store_down"), 1, lines.join("\n"));
    assertEquals(count(lines, "sys_store_up"), 1, lines.join("\n"));
    assertEquals(app.services.log.status().dropped, 0);
  });
});

Deno.test("an expired block ends on time although the store is down", async () => {
  await withStore(async ({ app, store, token }) => {
    await ask(app, "/api/blocked", {
      token,
      json: { ip: "192.0.2.1", for: "90s" },
    });
    store.mode = "throw";
    await logged(async () => {
      await app.services.lists.poll();
      app.clock.now += 89_999;
      assertEquals((await ask(app, "/", { peer: "192.0.2.1" })).status, 403);
      app.clock.now += 1;
      assertEquals((await ask(app, "/", { peer: "192.0.2.1" })).status, 200);
    });
  });
});
