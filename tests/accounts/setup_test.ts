import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createFirstAdmin,
  createUser,
} from "../../lib/accounts/create_user.ts";
import {
  AdminExistsError,
  InvalidInputError,
  SetupTokenError,
  UsernameTakenError,
} from "../../lib/accounts/errors.ts";
import {
  consumeSetupToken,
  createSetupToken,
  isSetupToken,
} from "../../lib/accounts/setup.ts";
import { listUsers } from "../../lib/accounts/users.ts";
import { DAY, dump, PASSWORD, setUp } from "./_accounts.ts";

const ADMIN = { username: "ada", password: PASSWORD };

Deno.test("a set-up token creates the first admin, once", async () => {
  await using t = await setUp();
  const token = await createSetupToken(t.deps);
  assert(token);
  assert(!(await dump(t.kv)).includes(token));
  assertEquals(await isSetupToken(t.deps, token), true);
  assertEquals(await isSetupToken(t.deps, token), true);
  const user = await consumeSetupToken(t.deps, token, ADMIN);
  assertEquals(user.role, "admin");
  assertEquals(await isSetupToken(t.deps, token), false);
  await assertRejects(
    () => consumeSetupToken(t.deps, token, { ...ADMIN, username: "eve" }),
    SetupTokenError,
  );
  assertEquals(await createSetupToken(t.deps), null);
});

Deno.test("a set-up token that is used twice at once creates one admin", async () => {
  await using t = await setUp();
  const token = (await createSetupToken(t.deps))!;
  const results = await Promise.allSettled(
    Array.from(
      { length: 10 },
      (_, i) =>
        consumeSetupToken(t.deps, token, { ...ADMIN, username: `admin${i}` }),
    ),
  );
  const won = results.filter(({ status }) => status === "fulfilled");
  assertEquals(won.length, 1);
  assertEquals((await listUsers(t.deps)).items.length, 1);
});

Deno.test("of two processes' tokens each works, and one wins", async () => {
  await using t = await setUp();
  const tokens = [
    (await createSetupToken(t.deps))!,
    (await createSetupToken(t.deps))!,
  ];
  for (const token of tokens) assert(await isSetupToken(t.deps, token));
  const results = await Promise.allSettled(
    tokens.map((token, i) =>
      consumeSetupToken(t.deps, token, { ...ADMIN, username: `admin${i}` })
    ),
  );
  assertEquals(
    results.map(({ status }) => status).toSorted(),
    ["fulfilled", "rejected"],
  );
  for (const token of tokens) {
    assertEquals(await isSetupToken(t.deps, token), false);
  }
});

Deno.test("a token is worth nothing once an admin came to be in another way", async () => {
  await using t = await setUp();
  const token = (await createSetupToken(t.deps))!;
  await createFirstAdmin(t.deps, ADMIN);
  assertEquals(await isSetupToken(t.deps, token), false);
  await assertRejects(
    () => consumeSetupToken(t.deps, token, { ...ADMIN, username: "eve" }),
    AdminExistsError,
  );
});

Deno.test("a set-up token ends after 24 hours, on time", async () => {
  await using t = await setUp();
  const token = (await createSetupToken(t.deps))!;
  t.clock.time += DAY - 1;
  assertEquals(await isSetupToken(t.deps, token), true);
  t.clock.time += 1;
  assertEquals(await isSetupToken(t.deps, token), false);
  await assertRejects(
    () => consumeSetupToken(t.deps, token, ADMIN),
    SetupTokenError,
  );
  assert(await createSetupToken(t.deps));
});

Deno.test("a mistake in the form does not use up the token", async () => {
  await using t = await setUp();
  await createUser(t.deps, { username: "bob", password: PASSWORD });
  const token = (await createSetupToken(t.deps))!;
  await assertRejects(
    () => consumeSetupToken(t.deps, token, { ...ADMIN, password: "short" }),
    InvalidInputError,
  );
  await assertRejects(
    () => consumeSetupToken(t.deps, token, { ...ADMIN, username: "Bob" }),
    UsernameTakenError,
  );
  assert(await consumeSetupToken(t.deps, token, ADMIN));
});

Deno.test("what is not a set-up token costs no hash", async () => {
  await using t = await setUp();
  const token = (await createSetupToken(t.deps))!;
  const bad = ["", "x", token.slice(1), token + "a", "A".repeat(43)];
  bad.push("a".repeat(1_000_000));
  for (const text of bad) {
    assertEquals(await isSetupToken(t.deps, text), false);
    await assertRejects(
      () => consumeSetupToken(t.deps, text, ADMIN),
      SetupTokenError,
    );
  }
  assertEquals(t.count.hash, 0);
});
