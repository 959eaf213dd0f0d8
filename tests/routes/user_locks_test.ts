import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { listAudit } from "../../lib/store/audit.ts";
import { startApp } from "../_app.ts";

Deno.test("The API shows what keeps a user out, by name, and lifts it", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  await app.signIn("ann");
  const tried = async (password: string, peer: string) => {
    const json = { username: "ann", password };
    return (await app.fetch("/api/login", { json, peer })).status;
  };
  for (let i = 0; i < 41; i++) {
    await tried("a wrong password", `203.0.113.${i}`);
  }
  const right = "a password for tests";
  assertEquals(await tried(right, "203.0.113.98"), 429);
  const shown = await app.fetch("/api/limits?subject=ann", { token });
  assertStringIncludes(await shown.text(), "login-account");
  const lifted = await app.fetch("/api/limits/ann", {
    method: "DELETE",
    token,
  });
  await lifted.body?.cancel();
  assert(lifted.ok, `${lifted.status}`);
  assertEquals(await tried(right, "203.0.113.97"), 200);
});

Deno.test("A user's page shows the locks, lifts them and says so in the audit trail", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await app.signIn("ann");
  const wrong = { username: "ann", password: "a wrong password" };
  let last = 0;
  for (let i = 0; i < 41; i++) {
    const answer = await app.fetch("/login", {
      form: wrong,
      peer: `203.0.113.${i}`,
    });
    await answer.body?.cancel();
    last = answer.status;
  }
  assertEquals(last, 429);
  const locked = await app.fetch("/login", {
    form: wrong,
    peer: "203.0.113.99",
  });
  const page = await locked.text();
  assertStringIncludes(page, "an admin can lift this lock");
  assertStringIncludes(page, 'name="code"');

  const users = await (await app.fetch("/admin/users", { cookie })).text();
  const path = /href="(\/admin\/users\/[\w-]+)"[^>]*>ann</.exec(users)![1]!;
  const shown = await (await app.fetch(path, { cookie })).text();
  assertStringIncludes(shown, "login-account");
  const lifted = await app.fetch(path, { cookie, form: { action: "lift" } });
  assertEquals(lifted.status, 303);
  const after = await (await app.fetch(path, { cookie })).text();
  assert(!after.includes("login-account"), after);
  const { items } = await listAudit(app.services.kv, {
    limit: 5,
    cursor: null,
    now: app.services.now(),
  });
  assert(
    items.some(({ what, target }) => what === "user_lift" && target === "ann"),
  );
  const free = await app.fetch("/login", {
    form: { username: "ann", password: "a password for tests" },
    peer: "203.0.113.99",
  });
  assertEquals(free.status, 303);
});
