import { sha256Hex } from "../../lib/store/sha256.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createUser } from "../../lib/accounts/create_user.ts";
import {
  createSession,
  destroyAllOf,
  destroySessionById,
  listSessionsOf,
  resolveSession,
  type SessionKind,
} from "../../lib/accounts/sessions.ts";
import type { User } from "../../lib/accounts/user.ts";
import { StoreDownError } from "../../lib/store/errors.ts";
import { keys } from "../../lib/store/keys.ts";
import { failing, failingAtomic, withFaults } from "../_fake_kv.ts";
import { DAY, dump, HOUR, PASSWORD, setUp, START } from "./_accounts.ts";

async function setUpUser() {
  const t = await setUp();
  const user = await createUser(t.deps, {
    username: "ada",
    password: PASSWORD,
  });
  const begin = async (kind: SessionKind = "browser", who: User = user) => {
    const origin = { kind, ip_address: "203.0.113.9", user_agent: "test" };
    return (await createSession(t.deps, who, origin)).secret;
  };
  return Object.assign(t, { user, begin });
}

Deno.test("a session's secret is 256 bits of chance, and only its hash is stored", async () => {
  await using t = await setUpUser();
  const secrets = [await t.begin(), await t.begin("api")];
  assert(secrets[0] !== secrets[1]);
  const stored = await dump(t.kv);
  for (const secret of secrets) {
    assertMatch(secret, /^[A-Za-z0-9_-]{43}$/);
    assert(!stored.includes(secret));
  }
});

Deno.test("resolveSession() gives the user and the session", async () => {
  await using t = await setUpUser();
  const signedIn = await resolveSession(t.deps, await t.begin());
  assertEquals(signedIn?.user, t.user);
  assertEquals(signedIn?.session, {
    user_id: t.user.id,
    kind: "browser",
    created_at: START,
    last_seen_at: START,
    expires_at: START + 7 * DAY,
    ip_address: "203.0.113.9",
    user_agent: "test",
    epoch: 0,
  });
});

Deno.test("resolveSession() takes nothing else for a secret", async () => {
  await using t = await setUpUser();
  const secret = await t.begin();
  const bad = [
    "",
    "x",
    secret.slice(1),
    secret + "a",
    secret + "=",
    secret.toLowerCase(),
    "A".repeat(43),
    "a".repeat(1_000_000),
    "\0".repeat(43),
    (await resolveSession(t.deps, secret))!.id,
  ];
  for (const text of bad) {
    assertEquals(await resolveSession(t.deps, text), null);
  }
});

Deno.test("resolveSession() costs two reads, and a write every ten minutes", async () => {
  await using t = await setUpUser();
  const secret = await t.begin();
  const count = { reads: 0, writes: 0 };
  const kv = withFaults(t.kv, {
    get: (key: Deno.KvKey) => (count.reads++, t.kv.get(key)),
    atomic: () => (count.writes++, t.kv.atomic()),
  });
  for (let minute = 0; minute < 30; minute++) {
    t.clock.time += 60_000;
    assert(await resolveSession({ ...t.deps, kv }, secret));
  }
  assertEquals(count, { reads: 60, writes: 3 });
});

Deno.test("a browser's session ends after 12 idle hours and after 7 days, on time", async () => {
  await using t = await setUpUser();
  const idle = await t.begin();
  t.clock.time = START + 12 * HOUR - 1;
  assert(await resolveSession(t.deps, await t.begin()));
  const [row] = await Array.fromAsync(
    t.kv.list({ prefix: keys.sessionsAll() }),
  );
  assert(row);
  t.clock.time = START + 12 * HOUR;
  assertEquals(await resolveSession(t.deps, idle), null);

  t.clock.time = START;
  const used = await t.begin();
  for (let hours = 0; hours < 7 * 24; hours += 8) {
    t.clock.time = START + hours * HOUR;
    assert(await resolveSession(t.deps, used));
  }
  t.clock.time = START + 7 * DAY - 1;
  assert(await resolveSession(t.deps, used));
  t.clock.time = START + 7 * DAY;
  assertEquals(await resolveSession(t.deps, used), null);
});

Deno.test("an API token lasts 90 days, used or not", async () => {
  await using t = await setUpUser();
  const token = await t.begin("api");
  t.clock.time = START + 90 * DAY - 1;
  assert(await resolveSession(t.deps, token));
  t.clock.time = START + 90 * DAY;
  assertEquals(await resolveSession(t.deps, token), null);
});

Deno.test("a clock set back does not end a session", async () => {
  await using t = await setUpUser();
  const secret = await t.begin();
  t.clock.time -= HOUR;
  assert(await resolveSession(t.deps, secret));
});

Deno.test("a session that was ended is dead at once, the others live", async () => {
  await using t = await setUpUser();
  const [a, b, c] = [await t.begin(), await t.begin(), await t.begin("api")];
  await destroySessionById(t.deps, sha256Hex(a));
  await destroySessionById(t.deps, sha256Hex(a));
  await destroySessionById(t.deps, sha256Hex("unknown"));
  assertEquals(await resolveSession(t.deps, a), null);
  const signedIn = await resolveSession(t.deps, b);
  await destroyAllOf(t.deps, t.user.id, signedIn!.id);
  assert(await resolveSession(t.deps, b));
  assertEquals(await resolveSession(t.deps, c), null);
  await destroySessionById(t.deps, signedIn!.id);
  assertEquals(await resolveSession(t.deps, b), null);
  assertEquals((await dump(t.kv)).includes('session"'), false);
});

Deno.test("resolveSession() does not revive a session that is ended meanwhile", async () => {
  await using t = await setUpUser();
  const secret = await t.begin();
  t.clock.time += HOUR;
  let reads = 0;
  const get = async (key: Deno.KvKey) => {
    const entry = await t.kv.get(key);
    if (++reads === 2) await destroySessionById(t.deps, sha256Hex(secret));
    return entry;
  };
  const kv = withFaults(t.kv, { get });
  await resolveSession({ ...t.deps, kv }, secret);
  assertEquals(await resolveSession(t.deps, secret), null);
});

Deno.test("listSessionsOf() shows living sessions, newest first", async () => {
  await using t = await setUpUser();
  const other = await createUser(t.deps, {
    username: "eve",
    password: PASSWORD,
  });
  await t.begin();
  await t.begin("browser", other);
  t.clock.time += HOUR;
  await t.begin("api");
  const kinds = async () =>
    (await listSessionsOf(t.deps, t.user)).map(({ session }) => session.kind);
  assertEquals(await kinds(), ["api", "browser"]);
  t.clock.time += 11 * HOUR;
  assertEquals(await kinds(), ["api"]);
});

Deno.test("a user's 101st session ends the oldest", async () => {
  await using t = await setUpUser();
  const first = await t.begin("api");
  t.clock.time += 1;
  const second = await t.begin("api");
  for (let i = 0; i < 98; i++) {
    t.clock.time += 1;
    await t.begin("api");
  }
  assert(await resolveSession(t.deps, first));
  t.clock.time += 1;
  const last = await t.begin("api");
  assertEquals(await resolveSession(t.deps, first), null);
  assert(await resolveSession(t.deps, second));
  assert(await resolveSession(t.deps, last));
  assertEquals((await listSessionsOf(t.deps, t.user)).length, 100);
});

Deno.test("a long user agent is cut", async () => {
  await using t = await setUpUser();
  const origin = {
    kind: "browser",
    ip_address: "203.0.113.9",
    user_agent: "ä".repeat(100_000),
  } as const;
  const { session } = await createSession(t.deps, t.user, origin);
  assertEquals(new TextEncoder().encode(session.user_agent!).length, 256);
});

Deno.test("a store that fails is told by its own error, but a failed touch is not", async () => {
  await using t = await setUpUser();
  const secret = await t.begin();
  const down = { ...t.deps, kv: withFaults(t.kv, { get: failing }) };
  await assertRejects(() => resolveSession(down, secret), StoreDownError);
  await assertRejects(
    () => destroySessionById(down, sha256Hex(secret)),
    StoreDownError,
  );
  t.clock.time += HOUR;
  const readOnly = {
    ...t.deps,
    kv: withFaults(t.kv, { atomic: failingAtomic }),
  };
  assert(await resolveSession(readOnly, secret));
  await assertRejects(
    () => destroySessionById(readOnly, sha256Hex(secret)),
    StoreDownError,
  );
});
