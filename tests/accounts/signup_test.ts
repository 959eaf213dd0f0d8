import { BusyError } from "../../lib/accounts/errors.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createLoginThrottles } from "../../lib/accounts/limits.ts";
import { resolveSession } from "../../lib/accounts/sessions.ts";
import { signup, type SignupResult } from "../../lib/accounts/signup.ts";
import { listUsers } from "../../lib/accounts/users.ts";
import { StoreDownError } from "../../lib/store/errors.ts";
import { failing, withFaults } from "../_fake_kv.ts";
import { attempt, cheapHasher, HOUR, setUp } from "./_accounts.ts";

function kind(result: SignupResult): string {
  return result.ok ? "ok" : result.kind;
}

Deno.test("signup() creates an account and begins its session", async () => {
  await using t = await setUp();
  const result = await signup(t.deps, attempt({ kind: "api" }));
  assert(result.ok);
  assertEquals(result.user.username, "ada");
  assertEquals(result.user.role, "user");
  const signedIn = await resolveSession(t.deps, result.secret);
  assertEquals(signedIn?.user, result.user);
  assertEquals(signedIn?.session.kind, "api");
});

Deno.test("signup() says that a name is taken, in any spelling", async () => {
  await using t = await setUp();
  await signup(t.deps, attempt());
  const result = await signup(t.deps, attempt({ username: " ADA" }));
  assert(!result.ok && result.kind === "taken");
  assertEquals(result.message, "This user name is taken. Choose another.");
});

Deno.test("signups from one address are limited, before any hash", async () => {
  await using t = await setUp();
  const results = await Promise.all(
    Array.from(
      { length: 50 },
      (_, i) => signup(t.deps, attempt({ username: `user${i}` })),
    ),
  );
  assertEquals(results.filter(({ ok }) => ok).length, 5);
  assertEquals(
    results.filter((result) => kind(result) === "limited").length,
    45,
  );
  assertEquals(t.count.hash, 5);
  assertEquals((await listUsers(t.deps)).items.length, 5);
  const elsewhere = attempt({ username: "eve", subject: "b" });
  assertEquals(kind(await signup(t.deps, elsewhere)), "ok");
  t.clock.time += HOUR;
  assertEquals(
    kind(await signup(t.deps, attempt({ username: "bob" }))),
    "ok",
  );
});

Deno.test("signup(): names that are taken use up the budget, typing mistakes do not", async () => {
  await using t = await setUp();
  await signup(t.deps, attempt());
  for (let i = 0; i < 10; i++) {
    const short = await signup(t.deps, attempt({ password: "short" }));
    assert(!short.ok && short.kind === "invalid");
    assertEquals(short.field, "password");
    const name = await signup(t.deps, attempt({ username: "a b" }));
    assert(!name.ok && name.kind === "invalid");
    assertEquals(name.field, "username");
  }
  for (let i = 0; i < 4; i++) {
    assertEquals(kind(await signup(t.deps, attempt())), "taken");
  }
  assertEquals(kind(await signup(t.deps, attempt())), "limited");
});

Deno.test("signup tells that too many passwords wait", async () => {
  await using t = await setUp();
  const deps = { ...t.deps, hasher: cheapHasher(0) };
  const busy = await assertRejects(() => signup(deps, attempt()), BusyError);
  assert(busy.retryAfterMs >= 1_000);
});

Deno.test("signup fails closed with the store", async () => {
  await using t = await setUp();
  const kv = withFaults(t.kv, { get: failing });
  const throttles = createLoginThrottles({ ...t.deps, kv });
  await assertRejects(
    () => signup({ ...t.deps, kv, throttles }, attempt()),
    StoreDownError,
  );
  assertEquals(t.count.hash, 0);
});
