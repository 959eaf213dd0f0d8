import { assert, assertEquals } from "@std/assert";
import { setActive, setPassword } from "../../lib/accounts/change_user.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import { login } from "../../lib/accounts/login.ts";
import { loginWithCode } from "../../lib/accounts/login_code.ts";
import {
  beginTotp,
  enableTotp,
  removeTotp,
} from "../../lib/accounts/second_factor.ts";
import { resolveSession } from "../../lib/accounts/sessions.ts";
import { totpCode } from "../../lib/accounts/totp.ts";
import { parseRate } from "../../lib/limits/rate.ts";
import { attempt, PASSWORD, setUp } from "./_accounts.ts";

async function setUpTotp() {
  const t = await setUp();
  const user = await createUser(t.deps, {
    username: "ada",
    password: PASSWORD,
  });
  const secret = await beginTotp(t.deps, user.id);
  const code = (off = 0) =>
    totpCode(secret, Math.floor(t.clock.time / 30_000) + off);
  const enabled = await enableTotp(t.deps, user.id, code());
  t.clock.time += 60_000;
  const pend = async () => {
    const result = await login(t.deps, attempt());
    assert(!result.ok && result.kind === "code", JSON.stringify(result));
    return result.pending!;
  };
  const enter = async (secret: string, code: string) => {
    const result = await loginWithCode(t.deps, secret, code, attempt());
    return result.ok ? "ok" : result.kind;
  };
  return Object.assign(t, { ...enabled!, code, pend, enter });
}

Deno.test("login with a second factor: the password alone begins no session", async () => {
  await using t = await setUpTotp();
  const pending = await t.pend();
  assertEquals(await resolveSession(t.deps, pending), null);
  assertEquals(await t.enter(pending, t.code(5)), "wrong");
  const result = await loginWithCode(t.deps, pending, t.code(), attempt());
  assert(result.ok);
  assert(await resolveSession(t.deps, result.secret));
  assert(result.device);
  // The pending login is used up.
  t.clock.time += 30_000;
  assertEquals(await t.enter(pending, t.code()), "gone");
});

Deno.test("login with a second factor: a wrong password is told nothing of it", async () => {
  await using t = await setUpTotp();
  const wrong = await login(t.deps, attempt({ password: "wrong password" }));
  assert(!wrong.ok && wrong.kind === "wrong");
  const script = await login(
    t.deps,
    attempt({ password: "wrong", kind: "api", code: t.code() }),
  );
  assert(!script.ok && script.kind === "wrong");
});

Deno.test("login with a second factor: a script sends the code along", async () => {
  await using t = await setUpTotp();
  const api = (code: string | null) =>
    login(t.deps, attempt({ kind: "api", code }));
  const none = await api(null);
  assert(!none.ok && none.kind === "code" && none.pending === null);
  const wrong = await api(t.code(9));
  assert(!wrong.ok && wrong.kind === "wrong_code");
  const right = await api(t.code());
  assert(right.ok && right.device === null);
  const again = await api(t.code());
  assert(!again.ok && again.kind === "wrong_code");
  const recovery = await api(t.codes[0]!);
  assert(recovery.ok);
});

Deno.test("a login waits for five minutes", async () => {
  await using t = await setUpTotp();
  const pending = await t.pend();
  t.clock.time += 5 * 60_000 - 1;
  assertEquals(await t.enter(pending, "000000"), "wrong");
  t.clock.time += 1;
  assertEquals(await t.enter(pending, t.code()), "gone");
});

Deno.test("of 200 codes at once exactly 5 are looked at", async () => {
  await using t = await setUpTotp();
  const pending = await t.pend();
  const kinds = await Promise.all(
    Array.from({ length: 200 }, () => t.enter(pending, t.code(9))),
  );
  assertEquals(kinds.filter((kind) => kind === "wrong").length, 5);
  assertEquals(kinds.filter((kind) => kind === "gone").length, 195);
  // The correct one is too late.
  assertEquals(await t.enter(pending, t.code()), "gone");
});

Deno.test("who has the password does not get to try all codes by logging in again and again", async () => {
  await using t = await setUpTotp();
  t.deps.rates.loginRateAccount = parseRate("20/h");
  const kinds: string[] = [];
  for (let i = 0; i < 6; i++) {
    const result = await login(t.deps, attempt({ subject: `address ${i}` }));
    assert(!result.ok && result.kind === "code");
    for (let k = 0; k < 5; k++) {
      kinds.push(await t.enter(result.pending!, t.code(9)));
    }
  }
  assertEquals(kinds, [
    ...Array(20).fill("wrong"),
    ...Array(10).fill("limited"),
  ]);
});

for (
  const [name, change] of Object.entries({
    "a new password": (t, id) => setPassword(t.deps, id, "$argon2id$new"),
    "disabling": (t, id) => setActive(t.deps, id, false),
    "turning the second factor off": (t, id) => removeTotp(t.deps, id),
  } as Record<
    string,
    (t: Awaited<ReturnType<typeof setUpTotp>>, id: string) => Promise<unknown>
  >)
) {
  Deno.test(`${name} ends a login that waits for its code`, async () => {
    await using t = await setUpTotp();
    const pending = await t.pend();
    await change(t, t.user.id);
    assertEquals(await t.enter(pending, t.code()), "gone");
  });
}
