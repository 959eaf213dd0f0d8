/**
 * Neither a client who knows the password nor unknown clients lock out an account's owner: known
 * devices and recovery codes have budgets of their own at every step, and every lock can be seen
 * and lifted.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { confirmPassword } from "../../lib/accounts/confirm_password.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import { liftLocks, listLocks } from "../../lib/accounts/locks.ts";
import { type Attempt, login } from "../../lib/accounts/login.ts";
import { loginWithCode } from "../../lib/accounts/login_code.ts";
import { beginTotp, enableTotp } from "../../lib/accounts/second_factor.ts";
import {
  createSession,
  resolveSession,
  type SignedIn,
} from "../../lib/accounts/sessions.ts";
import { totpCode } from "../../lib/accounts/totp.ts";
import type { User } from "../../lib/accounts/user.ts";
import { attempt, HOUR, PASSWORD, setUp } from "./_accounts.ts";

async function setUpOwner() {
  const t = await setUp();
  await createUser(t.deps, { username: "ada", password: PASSWORD });
  const known = await login(t.deps, attempt({ subject: "home" }));
  assert(known.ok && known.device);
  const secret = await beginTotp(t.deps, known.user.id);
  const codeNow = () => totpCode(secret, Math.floor(t.clock.time / 30_000));
  const enabled = await enableTotp(t.deps, known.user.id, codeNow());
  assert(enabled);
  const { user, codes } = enabled;
  t.clock.time += HOUR;

  /** The first step of a browser's login, and then a code if required. */
  async function tried(change: Partial<Attempt>, code: string) {
    const made = attempt(change);
    const first = await login(t.deps, made);
    if (first.ok) return "ok";
    if (first.kind === "limited") return first.decision.policy;
    if (first.kind !== "code") return first.kind;
    const second = await loginWithCode(t.deps, first.pending!, code, made);
    if (second.ok) return "ok";
    return second.kind === "limited" ? second.decision.policy : second.kind;
  }
  return Object.assign(t, {
    ...{ user, codes, codeNow, tried, device: known.device },
  });
}

type Owner = Awaited<ReturnType<typeof setUpOwner>>;

/** Uses up the code attempts of unknown clients that know the password. */
async function exhaustCodes(t: Owner) {
  const kinds: string[] = [];
  for (let i = 0; i < 39; i++) {
    kinds.push(await t.tried({ subject: `thief ${i}` }, "000000"));
  }
  assertEquals(kinds, Array(39).fill("wrong"));
}

/** And their logins, too. */
async function exhaustLogins(t: Owner) {
  await exhaustCodes(t);
  for (let i = 0; i < 5; i++) {
    await t.tried({ subject: `thief ${40 + i}` }, "000000");
  }
  assertEquals(
    await t.tried({ subject: "thief 99" }, "000000"),
    "login-account",
  );
}

Deno.test("Who knows the password does not lock the owner's known device out of the second factor", async () => {
  await using t = await setUpOwner();
  const { device } = t;
  for (let round = 0; round < 3; round++) {
    await exhaustLogins(t);
    assertEquals(await t.tried({ subject: "home", device }, t.codeNow()), "ok");
    t.clock.time += HOUR;
  }
});

Deno.test("A recovery code gets the owner in from anywhere while strangers are kept out", async () => {
  await using t = await setUpOwner();
  await exhaustLogins(t);
  const [first, second, third] = t.codes;
  // On a known device at the second step, and with the password at the first from a new place.
  assertEquals(
    await t.tried({ subject: "home", device: t.device }, first!),
    "ok",
  );
  assertEquals(await t.tried({ subject: "hotel", code: second! }, ""), "ok");
  assertEquals(
    await t.tried({ subject: "hotel", code: third!, kind: "api" }, ""),
    "ok",
  );
  // Neither without one nor with a used one.
  for (const code of [null, second!, "aaaa-bbbb-cccc"]) {
    const kind = await t.tried({ subject: "motel", code }, "000000");
    assertEquals(kind, code === null ? "login-account" : "wrong");
  }
});

Deno.test("A recovery code is not good for guessing passwords", async () => {
  await using t = await setUpOwner();
  t.count.verify = 0;
  const kinds: string[] = [];
  for (let i = 0; i < 20; i++) {
    kinds.push(
      await t.tried({
        password: `guess ${i}`,
        subject: "thief",
        code: "aaaa-bbbb-cccc",
      }, ""),
    );
  }
  assertEquals(kinds, [
    ...Array(5).fill("wrong"),
    ...Array(15).fill("login-recovery"),
  ]);
  assertEquals(t.count.verify, 0, "no password was looked at");
});

/**
 * Tries wrong codes, three per login, until one is refused unchecked; returns their number, and the
 * reason.
 */
async function wrongCodes(
  t: Owner,
  change: Partial<Attempt>,
  most: number,
): Promise<[count: number, why: string]> {
  for (let count = 0; count < most;) {
    const made = attempt({ ...change, subject: `${change.subject} ${count}` });
    const first = await login(t.deps, made);
    assert(!first.ok && first.kind === "code", JSON.stringify(first));
    for (let i = 0; i < 3 && count < most; i++) {
      const second = await loginWithCode(
        ...[t.deps, first.pending!, "000000", made] as const,
      );
      assert(!second.ok);
      if (second.kind === "limited") return [count, second.decision.policy];
      count++;
    }
    t.clock.time += 15_000;
  }
  return [most, "wrong"];
}

Deno.test("A recovery code is taken on a device whose other codes have been used up", async () => {
  await using t = await setUpOwner();
  const at = { subject: "home", device: t.device };
  assertEquals(await wrongCodes(t, at, 99), [40, "login-code-device"]);
  t.clock.time += 60_000;
  assertEquals(await t.tried(at, t.codeNow()), "login-code-device");
  assertEquals(await t.tried(at, t.codes[0]!), "ok");
});

Deno.test("The owner's right code at a new place is the owner's, and gives strangers no new ones", async () => {
  await using t = await setUpOwner();
  assertEquals(await wrongCodes(t, { subject: "thief" }, 38), [38, "wrong"]);
  assertEquals(await t.tried({ subject: "hotel" }, t.codeNow()), "ok");
  assertEquals(await wrongCodes(t, { subject: "late" }, 20), [2, "login-code"]);
});

Deno.test("Recovery codes are no way to try a thousand names from one address", async () => {
  await using t = await setUpOwner();
  const kinds: string[] = [];
  for (let i = 0; i < 100; i++) {
    const username = `name-${i}`;
    const code = "aaaa-bbbb-cccc";
    kinds.push(await t.tried({ username, code, subject: "thief" }, ""));
  }
  assertEquals(kinds[0], "wrong");
  assertEquals(kinds.at(-1), "login-spray");
});

Deno.test("The owner's login does not give strangers new tries, of codes either", async () => {
  await using t = await setUpOwner();
  await exhaustCodes(t);
  const { device } = t;
  assertEquals(await t.tried({ subject: "home", device }, t.codeNow()), "ok");
  await exhaustRest(t);
});

async function exhaustRest(t: Owner) {
  const after: string[] = [];
  for (let i = 0; i < 4; i++) {
    after.push(await t.tried({ subject: `late ${i}` }, "000000"));
  }
  assertEquals(after[0], "wrong");
  assertEquals(after.slice(1), Array(3).fill("login-account"));
}

Deno.test("An account's locks can be seen and lifted, by their owner's name", async () => {
  await using t = await setUpOwner();
  const who: Pick<User, "id" | "username"> = t.user;
  assertEquals(await listLocks(t.deps, who), []);
  await exhaustLogins(t);
  const locks = await listLocks(t.deps, who);
  assertEquals(locks.map(({ policy }) => policy), [
    "login-account",
    "login-code",
  ]);
  assertEquals(locks[0]!.limit, 40);
  assert(locks[0]!.opens_at > t.clock.time);
  assertEquals((await liftLocks(t.deps, who)).length, 2);
  assertEquals(await listLocks(t.deps, who), []);
  assertEquals(await t.tried({ subject: "hotel" }, t.codeNow()), "ok");
});

Deno.test("A lock of one address at an account, and of a device, are seen, too", async () => {
  await using t = await setUpOwner();
  const wrong = { password: "wrong password" };
  for (let i = 0; i < 30; i++) {
    t.clock.time += 12_000;
    await t.tried({ ...wrong, subject: "198.51.100.7" }, "");
  }
  for (let i = 0; i < 8; i++) await t.tried({ ...wrong, device: t.device }, "");
  const locks = await listLocks(t.deps, t.user);
  assertEquals(
    locks.map(({ policy, who }) => `${policy}: ${who}`),
    [
      "login-device: a known device, for a minute",
      "login-pair: one address: 198.51.100.7",
    ],
  );
});

Deno.test("A stolen session does not keep the owner from ending it: each has its own attempts, which can be seen and lifted", async () => {
  await using t = await setUp();
  const user = await createUser(t.deps, {
    username: "ada",
    password: PASSWORD,
  });
  const origin = {
    kind: "browser",
    ip_address: "::",
    user_agent: null,
  } as const;
  const open = async () =>
    (await resolveSession(
      t.deps,
      (await createSession(t.deps, user, origin)).secret,
    ))!;
  const [stolen, own] = [await open(), await open()];
  const confirm = async (session: SignedIn, password: string) => {
    const result = await confirmPassword(t.deps, session, password);
    return result.ok ? "ok" : result.kind;
  };
  // Ten a minute, and forty in a row.
  for (const [count, every] of [[11, 0], [41, 12_000]] as const) {
    for (let i = 0; i < count; i++) {
      t.clock.time += every;
      await confirm(stolen, "a wrong password");
    }
    assertEquals(await confirm(stolen, PASSWORD), "limited");
    assertEquals(await confirm(own, PASSWORD), "ok");
  }
  const locks = await listLocks(t.deps, user);
  assert(locks.length > 0);
  for (const { who } of locks) assert(/one of the user's sessions/.test(who));
  await liftLocks(t.deps, user);
  assertEquals(await listLocks(t.deps, user), []);
});
