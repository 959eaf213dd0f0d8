import { Refusal } from "../../lib/base/refusal.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import {
  createFirstAdmin,
  createUser,
} from "../../lib/accounts/create_user.ts";
import {
  AdminExistsError,
  InvalidInputError,
  UsernameTakenError,
} from "../../lib/accounts/errors.ts";
import { newUserId, publicUser } from "../../lib/accounts/user.ts";
import {
  findUserByName,
  getUser,
  hasAdmin,
  listUsers,
} from "../../lib/accounts/users.ts";
import { StoreDownError } from "../../lib/store/errors.ts";
import { failing, withFaults } from "../_fake_kv.ts";
import { dump, PASSWORD, setUp, START } from "./_accounts.ts";

Deno.test("createUser() stores an account that is found by id and by name", async () => {
  await using t = await setUp();
  const user = await createUser(t.deps, {
    username: "  Ada@x ",
    password: PASSWORD,
  });
  assertEquals(user, {
    id: user.id,
    username: "Ada@x",
    role: "user",
    password_hash: user.password_hash,
    created_at: START,
    is_active: true,
    password_changed_at: START,
    session_epoch: 0,
  });
  assertEquals(await getUser(t.deps, user.id), user);
  for (const name of ["Ada@x", "ada@x", "ADA@X ", "ａｄａ＠ｘ"]) {
    assertEquals(await findUserByName(t.deps, name), user, name);
  }
  assertEquals(await findUserByName(t.deps, "ada"), null);
  assertEquals(await getUser(t.deps, "nobody"), null);
  assert(!(await dump(t.kv)).includes(PASSWORD));
});

Deno.test("a name in another spelling is taken", async () => {
  await using t = await setUp();
  await createUser(t.deps, { username: "user@x", password: PASSWORD });
  for (const username of ["user@x", "User@x", "user@x ", "ＵＳＥＲ＠ｘ"]) {
    await assertRejects(
      () => createUser(t.deps, { username, password: PASSWORD }),
      UsernameTakenError,
    );
  }
  assertEquals((await listUsers(t.deps)).items.length, 1);
});

Deno.test("createUser(): of 20 calls at once for one name, one wins", async () => {
  await using t = await setUp();
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      createUser(t.deps, {
        username: i % 2 ? "ada" : "ADA",
        password: PASSWORD,
      })),
  );
  const lost = results.filter((result) => result.status === "rejected");
  assertEquals(lost.length, 19);
  for (const { reason } of lost) assertInstanceOf(reason, UsernameTakenError);
  assertEquals((await listUsers(t.deps)).items.length, 1);
});

Deno.test("createUser() refuses what breaks the rules, and stores nothing", async () => {
  await using t = await setUp();
  const bad = [
    ["", PASSWORD, "username"],
    ["a b", PASSWORD, "username"],
    ["ada", "short", "password"],
    ["ada", "password123", "password"],
    ["ada", "x".repeat(1_025), "password"],
    ["adalovelace", "AdaLovelace", "password"],
  ] as const;
  for (const [username, password, field] of bad) {
    const error = await assertRejects(
      () => createUser(t.deps, { username, password }),
      InvalidInputError,
    );
    assertEquals(error.field, field);
  }
  assertEquals(t.count.hash, 0);
  assertEquals(await dump(t.kv), "");
});

Deno.test("of first admins at once, one wins, and the way is closed", async () => {
  await using t = await setUp();
  assertEquals(await hasAdmin(t.deps), false);
  const results = await Promise.allSettled(
    Array.from(
      { length: 10 },
      (_, i) =>
        createFirstAdmin(t.deps, { username: `admin${i}`, password: PASSWORD }),
    ),
  );
  const lost = results.filter((result) => result.status === "rejected");
  assertEquals(lost.length, 9);
  for (const { reason } of lost) assertInstanceOf(reason, AdminExistsError);
  const { items } = await listUsers(t.deps);
  assertEquals(items.map(({ role }) => role), ["admin"]);
  assertEquals(await hasAdmin(t.deps), true);
  await assertRejects(
    () => createFirstAdmin(t.deps, { username: "eve", password: PASSWORD }),
    AdminExistsError,
  );
});

Deno.test("the first admin does not take over an account that is there", async () => {
  await using t = await setUp();
  await createUser(t.deps, { username: "Admin", password: "mallory's choice" });
  await assertRejects(
    () => createFirstAdmin(t.deps, { username: "admin", password: PASSWORD }),
    UsernameTakenError,
  );
  assertEquals(await hasAdmin(t.deps), false);
});

Deno.test("createUser() makes an admin where it is told to", async () => {
  await using t = await setUp();
  for (const username of ["ada", "eve"]) {
    const password = PASSWORD;
    await createUser(t.deps, { username, password, role: "admin" });
  }
  assertEquals(await hasAdmin(t.deps), true);
});

Deno.test("listUsers() walks in pages, oldest first, while users come and go", async () => {
  await using t = await setUp();
  for (let i = 0; i < 7; i++) {
    t.clock.time += 1;
    await createUser(t.deps, { username: `user${i}`, password: PASSWORD });
  }
  const names: string[] = [];
  let cursor: string | null = null;
  const sizes: number[] = [];
  do {
    const page = await listUsers(t.deps, { limit: 3, cursor });
    sizes.push(page.items.length);
    names.push(...page.items.map(({ username }) => username));
    cursor = page.cursor;
    // A cursor stays valid when its user is gone.
    if (cursor !== null) await t.kv.delete(["user", page.items.at(-1)!.id]);
  } while (cursor !== null);
  assertEquals(names, [..."0123456"].map((i) => `user${i}`));
  assertEquals(sizes, [3, 3, 1]);
  const all = await listUsers(t.deps, { limit: 5 });
  assertEquals(all.items.length, 5);
  assertEquals(all.cursor, null);
});

Deno.test("listUsers() refuses limits and cursors that are not its own", async () => {
  await using t = await setUp();
  for (const limit of [0, 501, 1.5, NaN, -1]) {
    await assertRejects(() => listUsers(t.deps, { limit }), Refusal);
  }
  for (const cursor of ["x", "a".repeat(10_000), "../..", "A".repeat(32)]) {
    await assertRejects(() => listUsers(t.deps, { cursor }), Refusal);
  }
});

Deno.test("publicUser() leaves the secrets out", async () => {
  await using t = await setUp();
  const user = await createUser(t.deps, {
    username: "ada",
    password: PASSWORD,
  });
  assertEquals(publicUser(user), {
    id: user.id,
    username: "ada",
    role: "user",
    created_at: "2026-01-01T00:00:00.000Z",
    is_active: true,
  });
});

Deno.test("newUserId() is unique and sorts by time", () => {
  const ids = [1, START, START + 1, 2 ** 47].map(newUserId);
  assertEquals(ids, ids.toSorted());
  assertNotEquals(newUserId(START), newUserId(START));
  for (const id of ids) assertEquals(id.length, 32);
});

Deno.test("a store that fails is told by its own error", async () => {
  await using t = await setUp();
  const kv = withFaults(t.kv, { get: failing, getMany: failing });
  const deps = { ...t.deps, kv };
  const credentials = { username: "ada", password: PASSWORD };
  const calls = [
    () => createUser(deps, credentials),
    () => createFirstAdmin(deps, credentials),
    () => getUser(deps, "a"),
    () => findUserByName(deps, "a"),
    () => hasAdmin(deps),
  ];
  for (const call of calls) await assertRejects(call, StoreDownError, "disk");
});
