import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import fc from "fast-check";
import {
  deleteUser,
  setActive,
  setPassword,
  setRole,
  upgradeHash,
} from "../../lib/accounts/change_user.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import { LastAdminError, UnknownUserError } from "../../lib/accounts/errors.ts";
import { createSession, resolveSession } from "../../lib/accounts/sessions.ts";
import {
  isActiveAdmin,
  type Role,
  type User,
} from "../../lib/accounts/user.ts";
import {
  findUserByName,
  getUser,
  hasAdmin,
  listUsers,
} from "../../lib/accounts/users.ts";
import { keys } from "../../lib/store/keys.ts";
import { failing, withFaults } from "../_fake_kv.ts";
import { dump, PASSWORD, setUp } from "./_accounts.ts";

type SetUp = Awaited<ReturnType<typeof setUp>>;

const ORIGIN = {
  kind: "browser",
  ip_address: "203.0.113.9",
  user_agent: null,
} as const;

function add(t: SetUp, username: string, role: Role = "user") {
  return createUser(t.deps, { username, password: PASSWORD, role });
}

async function signIn(t: SetUp, user: User): Promise<string> {
  return (await createSession(t.deps, user, ORIGIN)).secret;
}

const CHANGES: Record<string, (t: SetUp, user: User) => Promise<unknown>> = {
  "a new password": (t, { id }) => setPassword(t.deps, id, "$argon2id$new"),
  "a promotion": (t, { id }) => setRole(t.deps, id, "admin"),
  "disabling": (t, { id }) => setActive(t.deps, id, false),
  "deletion": (t, { id }) => deleteUser(t.deps, id),
};

for (const [name, change] of Object.entries(CHANGES)) {
  Deno.test(`${name} ends all of the user's sessions at once, and nobody else's`, async () => {
    await using t = await setUp();
    const [ada, eve] = [await add(t, "ada"), await add(t, "eve")];
    const mine = [await signIn(t, ada), await signIn(t, ada)];
    const other = await signIn(t, eve);
    await change(t, ada);
    for (const secret of mine) {
      assertEquals(await resolveSession(t.deps, secret), null);
    }
    assert(await resolveSession(t.deps, other));
    const rows = await Array.fromAsync(
      t.kv.list({ prefix: keys.sessionsAll() }),
    );
    assertEquals(rows.length, 1);
  });

  Deno.test(`${name} ends sessions even where their rows could not be swept`, async () => {
    await using t = await setUp();
    const ada = await add(t, "ada");
    const secret = await signIn(t, ada);
    // From the index on, the store fails.
    const list = () => ({ [Symbol.asyncIterator]: () => ({ next: failing }) });
    const kv = withFaults(t.kv, { list });
    await change({ ...t, deps: { ...t.deps, kv } }, ada);
    assertEquals(await resolveSession(t.deps, secret), null);
  });

  Deno.test(`a login that was under way during ${name} yields nothing`, async () => {
    await using t = await setUp();
    const read = await add(t, "ada");
    await change(t, read);
    assertEquals(
      await resolveSession(t.deps, await signIn(t, read)),
      null,
    );
  });
}

Deno.test("a demotion ends the admin's sessions", async () => {
  await using t = await setUp();
  const [ada] = [await add(t, "ada", "admin"), await add(t, "eve", "admin")];
  const secret = await signIn(t, ada!);
  await setRole(t.deps, ada!.id, "user");
  assertEquals(await resolveSession(t.deps, secret), null);
});

Deno.test("changes that change nothing end no session", async () => {
  await using t = await setUp();
  const ada = await add(t, "ada");
  const secret = await signIn(t, ada);
  assertEquals(await setRole(t.deps, ada.id, "user"), ada);
  assertEquals(await setActive(t.deps, ada.id, true), ada);
  assert(await resolveSession(t.deps, secret));
});

Deno.test("upgradeHash() keeps the sessions, and yields to a new password", async () => {
  await using t = await setUp();
  const ada = await add(t, "ada");
  const secret = await signIn(t, ada);
  const upgraded = await upgradeHash(t.deps, ada, "$argon2id$upgraded");
  assertEquals(upgraded.password_hash, "$argon2id$upgraded");
  assertEquals(upgraded.password_changed_at, ada.password_changed_at);
  assert(await resolveSession(t.deps, secret));
  await setPassword(t.deps, ada.id, "$argon2id$new");
  const kept = await upgradeHash(t.deps, upgraded, "$argon2id$late");
  assertEquals(kept.password_hash, "$argon2id$new");
});

Deno.test("the last active admin cannot be demoted, disabled or deleted", async () => {
  await using t = await setUp();
  const ada = await add(t, "ada", "admin");
  const eve = await add(t, "eve", "admin");
  await add(t, "bob");
  await setActive(t.deps, eve.id, false);
  const before = await dump(t.kv);
  for (
    const change of [
      () => setRole(t.deps, ada.id, "user"),
      () => setActive(t.deps, ada.id, false),
      () => deleteUser(t.deps, ada.id),
    ]
  ) {
    await assertRejects(change, LastAdminError, "make another user an admin");
  }
  assertEquals(await dump(t.kv), before);
  await setPassword(t.deps, ada.id, "$argon2id$new");
  // A disabled admin is not the last one, whatever happens to the account.
  await setRole(t.deps, eve.id, "user");
  await deleteUser(t.deps, eve.id);
  await assertRejects(() => deleteUser(t.deps, ada.id), LastAdminError);
});

Deno.test("admins who take each other away at once leave one", async () => {
  await using t = await setUp();
  const admins = [];
  for (const name of ["a", "b", "c", "d"]) {
    admins.push(await add(t, name, "admin"));
  }
  const results = await Promise.allSettled([
    setRole(t.deps, admins[0]!.id, "user"),
    setActive(t.deps, admins[1]!.id, false),
    deleteUser(t.deps, admins[2]!.id),
    setRole(t.deps, admins[3]!.id, "user"),
  ]);
  const lost = results.filter((result) => result.status === "rejected");
  assertEquals(lost.length, 1);
  assertInstanceOf(lost[0]!.reason, LastAdminError);
  const { items } = await listUsers(t.deps);
  assertEquals(items.filter(isActiveAdmin).length, 1);
});

Deno.test("the registry of admins says what the users say, after any changes", async () => {
  await using t = await setUp();
  const ids: string[] = [];
  for (const name of ["a", "b", "c"]) ids.push((await add(t, name)).id);
  let hadAdmin = false;
  const step = fc.record({
    who: fc.nat({ max: 2 }),
    what: fc.constantFrom("promote", "demote", "enable", "disable"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      for (const { who, what } of steps) {
        const id = ids[who]!;
        try {
          if (what === "promote") await setRole(t.deps, id, "admin");
          if (what === "demote") await setRole(t.deps, id, "user");
          if (what === "enable") await setActive(t.deps, id, true);
          if (what === "disable") await setActive(t.deps, id, false);
        } catch (error) {
          assertInstanceOf(error, LastAdminError);
        }
        const { items } = await listUsers(t.deps);
        const admins = items.filter(isActiveAdmin).map((user) => user.id);
        const { value } = await t.kv.get<string[]>(keys.admins());
        assertEquals((value ?? []).toSorted(), admins.toSorted());
        if (hadAdmin) assert(admins.length > 0);
        hadAdmin ||= await hasAdmin(t.deps);
      }
    }),
    { numRuns: 25 },
  );
});

Deno.test("deleteUser() frees the name and leaves no row", async () => {
  await using t = await setUp();
  const ada = await add(t, "Ada");
  await signIn(t, ada);
  await deleteUser(t.deps, ada.id);
  assertEquals(await dump(t.kv), "");
  assertEquals(await getUser(t.deps, ada.id), null);
  const again = await add(t, "ada");
  assertEquals((await findUserByName(t.deps, "ADA"))?.id, again.id);
});

Deno.test("changing a user that does not exist is an error", async () => {
  await using t = await setUp();
  for (
    const change of [
      () => setRole(t.deps, "x", "admin"),
      () => setActive(t.deps, "x", false),
      () => setPassword(t.deps, "x", "$argon2id$new"),
      () => deleteUser(t.deps, "x"),
    ]
  ) {
    await assertRejects(change, UnknownUserError);
  }
  assertEquals(await dump(t.kv), "");
});
