import { BusyError } from "../../lib/accounts/errors.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { setActive } from "../../lib/accounts/change_user.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import { createLoginThrottles } from "../../lib/accounts/limits.ts";
import { login, type LoginResult } from "../../lib/accounts/login.ts";
import { createHasher } from "../../lib/accounts/passwords.ts";
import { resolveSession } from "../../lib/accounts/sessions.ts";
import { findUserByName } from "../../lib/accounts/users.ts";
import { rateLimitHeaders } from "../../lib/limits/rate_limit_headers.ts";
import { StoreDownError } from "../../lib/store/errors.ts";
import { failing, hanging, withFaults } from "../_fake_kv.ts";
import { attempt, cheapHasher, PASSWORD, setUp } from "./_accounts.ts";

async function setUpUser() {
  const t = await setUp();
  const user = await createUser(t.deps, {
    username: "ada",
    password: PASSWORD,
  });
  t.count.hash = 0;
  return Object.assign(t, { user });
}

function kind(result: LoginResult): string {
  return result.ok ? "ok" : result.kind;
}

Deno.test("login() begins a session for the right name and password", async () => {
  await using t = await setUpUser();
  for (const username of ["ada", " ADA ", "ａｄａ"]) {
    const result = await login(t.deps, attempt({ username }));
    assert(result.ok);
    assertEquals(result.user, t.user);
    const signedIn = await resolveSession(t.deps, result.secret);
    assertEquals(signedIn?.user, t.user);
    assertEquals(signedIn?.session.ip_address, "203.0.113.9");
    assertEquals(signedIn?.session.kind, "browser");
  }
});

Deno.test("of 200 wrong logins at once exactly 5 reach the password check", async () => {
  await using t = await setUpUser();
  for (const username of ["ada", "nobody"]) {
    const results = await Promise.all(
      Array.from({ length: 200 }, () =>
        login(
          t.deps,
          attempt({ username, subject: username, password: "wrong password" }),
        )),
    );
    const kinds = results.map(kind);
    assertEquals(kinds.filter((kind) => kind === "wrong").length, 5);
    assertEquals(kinds.filter((kind) => kind === "limited").length, 195);
  }
  assertEquals(t.count, { hash: 0, verify: 5, dummy: 5 });
});

Deno.test("two app instances on one store let 5 through together", async () => {
  await using t = await setUpUser();
  const other = { ...t.deps, throttles: createLoginThrottles(t.deps) };
  const results = await Promise.all(
    Array.from(
      { length: 100 },
      (_, i) =>
        login(i % 2 ? t.deps : other, attempt({ password: "wrong password" })),
    ),
  );
  assertEquals(results.filter((result) => kind(result) === "wrong").length, 5);
  assertEquals(t.count.verify, 5);
});

Deno.test("login(): the right password counts as well, and is refused over the limit", async () => {
  await using t = await setUpUser();
  for (let i = 0; i < 5; i++) {
    assertEquals(kind(await login(t.deps, attempt())), "ok");
  }
  const limited = await login(t.deps, attempt());
  assertEquals(kind(limited), "limited");
  assertEquals(rateLimitHeaders(limited.decision), {
    "RateLimit-Policy": '"login";q=5;w=60',
    "RateLimit": '"login";r=0;t=60',
    "Retry-After": "60",
  });
  assertEquals(kind(await login(t.deps, attempt({ subject: "b" }))), "ok");
  t.clock.time += 60_000;
  assertEquals(kind(await login(t.deps, attempt())), "ok");
});

Deno.test("login(): who is signed in has another budget, by user", async () => {
  await using t = await setUpUser();
  const first = await login(t.deps, attempt());
  assert(first.ok);
  const current = await resolveSession(t.deps, first.secret);
  const wrong = { password: "wrong password", current };
  const kinds = [];
  for (let i = 0; i < 12; i++) {
    const subject = `address ${i}`;
    kinds.push(kind(await login(t.deps, attempt({ ...wrong, subject }))));
  }
  assertEquals(kinds, [
    ...Array(10).fill("wrong"),
    ...Array(2).fill("limited"),
  ]);
  const limited = await login(t.deps, attempt(wrong));
  assertEquals(limited.decision.policy, "login-signed-in");
  for (let i = 0; i < 4; i++) {
    assertEquals(kind(await login(t.deps, attempt())), "ok");
  }
  assertEquals(kind(await login(t.deps, attempt())), "limited");
});

Deno.test("wrong password, unknown name and disabled user get the same answer", async () => {
  await using t = await setUpUser();
  const off = await createUser(t.deps, { username: "off", password: PASSWORD });
  await setActive(t.deps, off.id, false);
  const attempts = [
    attempt({ password: "wrong password", subject: "a" }),
    attempt({ username: "nobody", subject: "b" }),
    attempt({ username: "off", subject: "c" }),
    attempt({ username: "off", password: "wrong password", subject: "d" }),
    attempt({ username: "", subject: "e" }),
    attempt({ username: "a b\0", subject: "f" }),
    attempt({ username: "a".repeat(100_000), subject: "g" }),
    attempt({ password: "", subject: "h" }),
    attempt({ password: "a".repeat(100_000), subject: "i" }),
    attempt({ password: `${PASSWORD} `, subject: "j" }),
    attempt({ password: PASSWORD.toUpperCase(), subject: "k" }),
  ];
  const results = [];
  for (const each of attempts) results.push(await login(t.deps, each));
  for (const result of results) assertEquals(result, results[0]);
  assertEquals(kind(results[0]!), "wrong");
  // Each of them cost one derivation, or would have.
  assertEquals(t.count.verify + t.count.dummy, attempts.length);
});

Deno.test("each login has a new id, and the one before is dead", async () => {
  await using t = await setUpUser();
  const first = await login(t.deps, attempt());
  assert(first.ok);
  const current = await resolveSession(t.deps, first.secret);
  const second = await login(t.deps, attempt({ current }));
  assert(second.ok);
  assert(first.secret !== second.secret);
  assertEquals(await resolveSession(t.deps, first.secret), null);
  assert(await resolveSession(t.deps, second.secret));
});

Deno.test("login(): a script's token stays when a new one is asked for, a failed login ends nothing", async () => {
  await using t = await setUpUser();
  const token = await login(t.deps, attempt({ kind: "api" }));
  assert(token.ok);
  const current = await resolveSession(t.deps, token.secret);
  assertEquals(current?.session.kind, "api");
  for (const kind of ["api", "browser"] as const) {
    assert((await login(t.deps, attempt({ kind, current }))).ok);
    assert(await resolveSession(t.deps, token.secret));
  }

  const browser = await login(t.deps, attempt());
  assert(browser.ok);
  const session = await resolveSession(t.deps, browser.secret);
  await login(t.deps, attempt({ password: "wrong", current: session }));
  assert(await resolveSession(t.deps, browser.secret));
});

Deno.test("login(): a hash with old parameters is renewed, and sessions stay", async () => {
  await using t = await setUpUser();
  const before = await login(t.deps, attempt());
  assert(before.ok);
  const hasher = createHasher({ params: { m: 32, t: 1 } });
  try {
    const after = await login({ ...t.deps, hasher }, attempt());
    assert(after.ok);
    const user = await findUserByName(t.deps, "ada");
    assert(user?.password_hash.includes("$m=32,t=1,p=1$"));
    assert(await resolveSession(t.deps, before.secret));
    assert(await resolveSession(t.deps, after.secret));
  } finally {
    await hasher.close();
  }
});

Deno.test("when too many passwords wait, the answer is to come back", async () => {
  await using t = await setUpUser();
  const deps = { ...t.deps, hasher: cheapHasher(0) };
  for (const username of ["ada", "nobody"]) {
    const busy = await assertRejects(
      () => login(deps, attempt({ username })),
      BusyError,
    );
    assert(busy.retryAfterMs >= 1_000);
  }
});

Deno.test("when the store fails or hangs, nobody gets in and nothing is hashed", async () => {
  await using t = await setUpUser();
  for (const get of [failing, hanging]) {
    const kv = withFaults(t.kv, { get });
    const throttles = createLoginThrottles({ ...t.deps, kv, deadlineMs: 30 });
    await assertRejects(
      () => login({ ...t.deps, kv, throttles }, attempt()),
      StoreDownError,
    );
  }
  // Only the steps after the throttle fail.
  const kv = withFaults(t.kv, { get: failing });
  await assertRejects(
    () => login({ ...t.deps, kv }, attempt()),
    StoreDownError,
  );
  assertEquals(t.count, { hash: 0, verify: 0, dummy: 0 });
});

Deno.test("a name with an account and one without cost the same steps, as time is made of them", async () => {
  await using t = await setUpUser();
  const steps: string[] = [];
  const note = (name: "get" | "getMany" | "list" | "atomic") => {
    return (...args: unknown[]) => {
      const [first] = args;
      const what = Array.isArray(first) ? String(first[0]) : "";
      steps.push(`${name} ${what}`);
      // deno-lint-ignore no-explicit-any
      return (t.kv as any)[name](...args);
    };
  };
  const kv = withFaults(t.kv, {
    get: note("get"),
    getMany: note("getMany"),
    list: note("list"),
    atomic: note("atomic"),
  });
  const throttles = createLoginThrottles({ ...t.deps, kv });
  const seen: string[][] = [];
  for (const username of ["ada", "nobody"]) {
    steps.length = 0;
    Object.assign(t.count, { verify: 0, dummy: 0 });
    const change = { username, subject: username, password: "wrong password" };
    await login({ ...t.deps, kv, throttles }, attempt(change));
    seen.push([...steps, `hash ${t.count.verify + t.count.dummy}`]);
  }
  assertEquals(seen[0], seen[1]);
  assertEquals(seen[0]!.length > 5, true);
});
