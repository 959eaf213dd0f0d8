import { assert, assertEquals, assertRejects } from "@std/assert";
import { setRole } from "../../lib/accounts/change_user.ts";
import { findUserByName } from "../../lib/accounts/users.ts";
import { destroyAllOf } from "../../lib/accounts/sessions.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import { startApp, type TestApp } from "../_app.ts";
import { record, store } from "./_api.ts";

const PEER = "203.0.113.40";

async function asAdmin() {
  const app = await startApp();
  await app.signIn("other", "admin");
  const signedIn = await app.signIn("root", "admin");
  const user = (await findUserByName(app.services, "root"))!;
  await store(
    app,
    Array.from({ length: 20_000 }, (_, i) => record({ path: `/${i}` })),
  );
  return { app, user, ...signedIn };
}

/** The changes that end a download in progress: the name says what was done to whom. */
const ENDS: Record<string, (app: TestApp, id: string) => Promise<unknown>> = {
  "a sign-out": ({ services }, id) => destroyAllOf(services, id),
  "a demotion": ({ services }, id) => setRole(services, id, "user"),
  "a block": ({ services }) =>
    blockIp(services.kv, services.now, {
      ip: PEER,
      reason: "test",
      created_by: "test",
    }),
};

for (const [name, end] of Object.entries(ENDS)) {
  Deno.test(`A download and a live stream end with ${name}`, async () => {
    const { app, user, cookie, token } = await asAdmin();
    await using _ = app;
    const download = await app.fetch("/admin/requests/export", {
      cookie,
      peer: PEER,
    });
    const live = await app.fetch("/api/requests/stream", { token, peer: PEER });
    assertEquals([download.status, live.status], [200, 200]);
    const reader = download.body!.getReader();
    const events = live.body!.getReader();
    assert(!(await reader.read()).done);
    await end(app, user.id);
    // The events end by themselves, which shows that the deadline has passed.
    while (!(await events.read()).done);
    await assertRejects(async () => {
      for (;;) {
        if ((await reader.read()).done) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    assertEquals(app.services.ends.size, 0);
  });
}

Deno.test("A script's token is no browser's cookie, and no session in a live stream", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const cookie = `portcullis=${token}`;
  assertEquals((await app.fetch("/api/me", { token })).status, 200);
  assertEquals((await app.fetch("/api/me", { cookie })).status, 401);
  assertEquals((await app.fetch("/admin", { cookie })).status, 303);
  const form = { action: "block", ip: "203.0.113.9" };
  const sent = await app.fetch("/admin/blocked", { cookie, form });
  assertEquals(sent.status, 303);
  assertEquals(
    sent.headers.get("location")?.startsWith("/login"),
    true,
  );
});
