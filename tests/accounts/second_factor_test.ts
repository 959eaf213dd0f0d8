import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createUser } from "../../lib/accounts/create_user.ts";
import {
  beginTotp,
  enableTotp,
  getTotp,
  getTotpSetup,
  removeTotp,
  renewRecoveryCodes,
  spendCode,
} from "../../lib/accounts/second_factor.ts";
import { createSession, resolveSession } from "../../lib/accounts/sessions.ts";
import { totpCode } from "../../lib/accounts/totp.ts";
import { attempt, dump, PASSWORD, setUp } from "./_accounts.ts";

type SetUp = Awaited<ReturnType<typeof setUp>>;

function codeNow(t: SetUp, secret: Uint8Array, off = 0): string {
  return totpCode(secret, Math.floor(t.clock.time / 30_000) + off);
}

async function setUpTotp() {
  const t = await setUp();
  const user = await createUser(t.deps, {
    username: "ada",
    password: PASSWORD,
  });
  const secret = await beginTotp(t.deps, user.id);
  const enabled = await enableTotp(t.deps, user.id, codeNow(t, secret));
  assert(enabled);
  return Object.assign(t, { secret, ...enabled });
}

Deno.test("enableTotp() needs a code made with the key that was shown, in time", async () => {
  await using t = await setUp();
  const { id } = await createUser(t.deps, {
    username: "ada",
    password: PASSWORD,
  });
  assertEquals(await enableTotp(t.deps, id, "000000"), null);
  const secret = await beginTotp(t.deps, id);
  assertEquals(await beginTotp(t.deps, id), secret);
  assertEquals(await enableTotp(t.deps, id, codeNow(t, secret, 5)), null);
  assertEquals(await getTotp(t.deps, id), null);

  t.clock.time += 15 * 60_000;
  assertEquals(await getTotpSetup(t.deps, id), null);
  assertEquals(await enableTotp(t.deps, id, codeNow(t, secret)), null);
  const next = await beginTotp(t.deps, id);
  assertNotEquals(next, secret);
  const enabled = await enableTotp(t.deps, id, codeNow(t, next));
  assertEquals(enabled?.codes.length, 10);
  assertEquals(await getTotpSetup(t.deps, id), null);
});

Deno.test("turning a second factor on or off ends all sessions", async () => {
  await using t = await setUp();
  const user = await createUser(t.deps, {
    username: "ada",
    password: PASSWORD,
  });
  const before = await createSession(t.deps, user, attempt());
  const secret = await beginTotp(t.deps, user.id);
  const enabled = await enableTotp(t.deps, user.id, codeNow(t, secret));
  assertEquals(await resolveSession(t.deps, before.secret), null);
  // A login whose password was checked before starts an invalid session.
  const late = await createSession(t.deps, user, attempt());
  assertEquals(await resolveSession(t.deps, late.secret), null);

  const between = await createSession(t.deps, enabled!.user, attempt());
  assert(await resolveSession(t.deps, between.secret));
  await removeTotp(t.deps, user.id);
  assertEquals(await getTotp(t.deps, user.id), null);
  assertEquals(await resolveSession(t.deps, between.secret), null);
});

Deno.test("spendCode(): of 20 who bring one code at once, one gets in", async () => {
  await using t = await setUpTotp();
  t.clock.time += 60_000;
  const code = codeNow(t, t.secret);
  for (const each of [code, t.codes[3]!]) {
    const results = await Promise.all(
      Array.from({ length: 20 }, () => spendCode(t.deps, t.user.id, each)),
    );
    assertEquals(results.filter((ok) => ok).length, 1);
  }
});

Deno.test("spendCode(): the code that turned it on is spent, each next one works once", async () => {
  await using t = await setUpTotp();
  assert(!await spendCode(t.deps, t.user.id, codeNow(t, t.secret)));
  t.clock.time += 30_000;
  const code = codeNow(t, t.secret);
  assert(await spendCode(t.deps, t.user.id, code));
  assert(!await spendCode(t.deps, t.user.id, code));
});

Deno.test("spendCode(): each recovery code works once, however it is typed", async () => {
  await using t = await setUpTotp();
  assertEquals(new Set(t.codes).size, 10);
  const typed = t.codes.map((code, i) =>
    [
      code,
      code.toUpperCase(),
      code.replaceAll("-", ""),
      ` ${code.replaceAll("-", " ")}\n`,
      code.replaceAll("0", "O").replaceAll("1", "l"),
    ][i % 5]!
  );
  for (const code of typed) assert(await spendCode(t.deps, t.user.id, code));
  for (const code of typed) assert(!await spendCode(t.deps, t.user.id, code));
  assertEquals((await getTotp(t.deps, t.user.id))?.recovery, []);
});

Deno.test("spendCode() refuses what is no code, and another user's recovery code", async () => {
  await using t = await setUpTotp();
  const eve = await createUser(t.deps, { username: "eve", password: PASSWORD });
  for (
    const code of ["", " ", "------------", "a".repeat(12), "1".repeat(1e5)]
  ) {
    assert(!await spendCode(t.deps, t.user.id, code));
  }
  assert(!await spendCode(t.deps, eve.id, t.codes[0]!));
  assert(!await spendCode(t.deps, "nobody", t.codes[0]!));
  assert(await spendCode(t.deps, t.user.id, t.codes[0]!));
});

Deno.test("renewRecoveryCodes() makes the codes before it worthless", async () => {
  await using t = await setUpTotp();
  const fresh = await renewRecoveryCodes(t.deps, t.user.id);
  assertEquals(fresh?.length, 10);
  assert(!await spendCode(t.deps, t.user.id, t.codes[0]!));
  assert(await spendCode(t.deps, t.user.id, fresh![0]!));
  assertEquals(await renewRecoveryCodes(t.deps, "nobody"), null);
});

Deno.test("recovery codes are not in the store in the clear", async () => {
  await using t = await setUpTotp();
  const text = await dump(t.kv);
  for (const code of t.codes) {
    assert(!text.includes(code));
    assert(!text.includes(code.replaceAll("-", "")));
  }
});
