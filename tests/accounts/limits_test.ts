import { assert, assertEquals } from "@std/assert";
import { changePassword } from "../../lib/accounts/change_password.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import { findDevice } from "../../lib/accounts/devices.ts";
import { half } from "../../lib/accounts/limits.ts";
import { type Attempt, login } from "../../lib/accounts/login.ts";
import { resolveSession } from "../../lib/accounts/sessions.ts";
import { attempt, HOUR, PASSWORD, setUp } from "./_accounts.ts";

async function setUpUsers() {
  const t = await setUp();
  for (const username of ["ada", "bob"]) {
    await createUser(t.deps, { username, password: PASSWORD });
  }
  t.count.hash = 0;
  const tried = async (change: Partial<Attempt>) => {
    const result = await login(t.deps, attempt(change));
    return result.ok
      ? "ok"
      : result.kind === "limited"
      ? result.decision.policy
      : result.kind;
  };
  const wrong = (change: Partial<Attempt> = {}) =>
    tried({ password: "wrong password", ...change });
  const deviceOf = async (username: string) => {
    const result = await login(
      t.deps,
      attempt({ username, subject: `home of ${username}` }),
    );
    assert(result.ok && result.device);
    return result.device;
  };
  return Object.assign(t, { tried, wrong, deviceOf });
}

type SetUp = Awaited<ReturnType<typeof setUpUsers>>;

/** Uses up the budget of unknown clients for an account, from many addresses. */
async function exhaust(t: SetUp, username: string) {
  for (let i = 0; i < 40; i++) {
    const kind = await t.wrong({ username, subject: `stranger ${i}` });
    assertEquals(kind, "wrong");
  }
  const kind = await t.wrong({ username, subject: "one more" });
  assertEquals(kind, "login-account");
}

for (const username of ["ada", "nobody"]) {
  Deno.test(`100 addresses at one account trip its limit (${username})`, async () => {
    await using t = await setUpUsers();
    const kinds = await Promise.all(
      Array.from(
        { length: 100 },
        (_, i) => t.wrong({ username, subject: `address ${i}` }),
      ),
    );
    assertEquals(kinds.filter((kind) => kind === "wrong").length, 40);
    assertEquals(kinds.filter((kind) => kind === "login-account").length, 60);
    // Refused attempts are refused before hashing, and other spellings share the limit.
    assertEquals(t.count.verify + t.count.dummy, 40);
    for (const other of [username.toUpperCase(), ` ${username} `]) {
      const kind = await t.wrong({ username: other, subject: "new" });
      assertEquals(kind, "login-account");
    }
  });
}

Deno.test("one password over 100 accounts from one address trips", async () => {
  await using t = await setUpUsers();
  const kinds: string[] = [];
  for (let i = 0; i < 100; i++) {
    // As slowly as the limit of the address requires.
    t.clock.time += 12_000;
    kinds.push(await t.wrong({ username: `name ${i}` }));
  }
  assertEquals(kinds.slice(0, 20), Array(20).fill("wrong"));
  assertEquals(kinds.slice(20), Array(80).fill("login-spray"));
  // The same over 100 accounts whose passwords the client knows.
  assertEquals(await t.tried({ subject: "b" }), "ok");
});

Deno.test("one address uses up half of an account's budget, so it cannot shut the owner out", async () => {
  await using t = await setUpUsers();
  const kinds: string[] = [];
  for (let i = 0; i < 30; i++) {
    t.clock.time += 12_000;
    kinds.push(await t.wrong());
  }
  assertEquals(kinds.slice(0, 20), Array(20).fill("wrong"));
  assertEquals(kinds.slice(20), Array(10).fill("login-pair"));
  assertEquals(await t.tried({ subject: "the owner's" }), "ok");
});

Deno.test("while strangers hammer an account its known device gets in, from any address", async () => {
  await using t = await setUpUsers();
  const device = await t.deviceOf("ada");
  await exhaust(t, "ada");
  const subject = "a hotel's";
  assertEquals(await t.tried({ subject }), "login-account");
  assertEquals(await t.tried({ subject, device }), "ok");
});

Deno.test("a colleague on a known device gets in while another spends the office's address", async () => {
  await using t = await setUpUsers();
  const device = await t.deviceOf("bob");
  const subject = "the office's";
  for (let i = 0; i < 5; i++) await t.wrong({ subject });
  assertEquals(await t.tried({ username: "bob", subject }), "login");
  assertEquals(await t.tried({ username: "bob", subject, device }), "ok");
});

Deno.test("a flood of made-up names from everywhere shuts nobody out", async () => {
  await using t = await setUpUsers();
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      Array.from(
        { length: 50 },
        (_, i) =>
          t.wrong({ username: `junk ${round} ${i}`, subject: `zombie ${i}` }),
      ),
    );
  }
  assertEquals(await t.tried({ subject: "home" }), "ok");
});

Deno.test("a device that is not the account's, or made up, makes nobody known", async () => {
  await using t = await setUpUsers();
  const bobs = await t.deviceOf("bob");
  const subject = "one";
  for (let i = 0; i < 5; i++) await t.wrong({ subject });
  for (const device of [bobs, "A".repeat(43), "junk", ""]) {
    assertEquals(await t.tried({ subject, device }), "login");
  }
});

Deno.test("failures on a known device lock that device, and not the account or its address", async () => {
  await using t = await setUpUsers();
  const device = await t.deviceOf("ada");
  const kinds = await Promise.all(
    Array.from({ length: 200 }, () => t.wrong({ subject: "home", device })),
  );
  assertEquals(kinds.filter((kind) => kind === "wrong").length, 5);
  assertEquals(kinds.filter((kind) => kind === "login-device").length, 195);
  assertEquals(await t.tried({ subject: "home" }), "ok");
});

Deno.test("a stolen device cookie is good for 40 guesses and then worthless", async () => {
  await using t = await setUpUsers();
  const device = await t.deviceOf("ada");
  const kinds: string[] = [];
  for (let i = 0; i < 50; i++) {
    t.clock.time += 12_000;
    kinds.push(await t.wrong({ subject: "thief", device }));
  }
  assertEquals(kinds.slice(0, 40), Array(40).fill("wrong"));
  assertEquals(kinds[40], "login-trusted");
  assertEquals(await findDevice(t.deps, device), null);
  // From then on the thief counts as an unknown client.
  assertEquals(kinds.slice(41), Array(9).fill("wrong"));
  await t.deps.activity.flush();
  const events = t.lines.map(({ event }) => event);
  assert(events.includes("authn_login_lock"));
});

Deno.test("success takes back its own count and neither the strangers' nor the address's", async () => {
  await using t = await setUpUsers();
  for (let i = 0; i < 39; i++) await t.wrong({ subject: `stranger ${i}` });
  for (let i = 0; i < 3; i++) {
    assertEquals(await t.tried({ subject: `owner ${i}` }), "ok");
  }
  assertEquals(await t.wrong({ subject: "stranger 39" }), "wrong");
  assertEquals(await t.wrong({ subject: "last" }), "login-account");

  const subject = "café";
  for (let i = 0; i < 4; i++) await t.wrong({ username: "bob", subject });
  assertEquals(await t.tried({ username: "bob", subject }), "ok");
  assertEquals(await t.tried({ username: "bob", subject }), "login");
});

Deno.test("an account opens to strangers again within the window", async () => {
  await using t = await setUpUsers();
  await exhaust(t, "ada");
  t.clock.time += HOUR - 1;
  assertEquals(await t.tried({ subject: "x" }), "login-account");
  t.clock.time += 1;
  assertEquals(await t.tried({ subject: "x" }), "ok");
});

Deno.test("who is signed in cannot guess at other accounts beyond their limits", async () => {
  await using t = await setUpUsers();
  const mallory = await login(t.deps, attempt({ username: "bob" }));
  assert(mallory.ok);
  const current = await resolveSession(t.deps, mallory.secret);
  await exhaust(t, "ada");
  assertEquals(await t.wrong({ current, subject: "m" }), "login-account");
  // Unknown clients at his own account do not affect him.
  await exhaust(t, "bob");
  assertEquals(await t.tried({ username: "bob", current }), "ok");
});

Deno.test("a stolen session is not good for guessing the password", async () => {
  await using t = await setUpUsers();
  const { ok, secret } = await login(t.deps, attempt()) as {
    ok: true;
    secret: string;
  };
  assert(ok);
  const kinds: string[] = [];
  for (let i = 0; i < 60; i++) {
    t.clock.time += 12_000;
    const signedIn = (await resolveSession(t.deps, secret))!;
    const passwords = { current: `guess ${i}`, next: "a brand new password" };
    const result = await changePassword(t.deps, signedIn, passwords);
    assert(!result.ok);
    kinds.push(result.kind);
  }
  assertEquals(kinds, [
    ...Array(40).fill("wrong"),
    ...Array(20).fill("limited"),
  ]);
});

Deno.test("limits answer alike for names with and without an account", async () => {
  const seen: unknown[] = [];
  for (const username of ["ada", "nobody"]) {
    await using t = await setUpUsers();
    const results: unknown[] = [];
    for (let i = 0; i < 45; i++) {
      const change = {
        username,
        subject: `s ${i}`,
        password: "wrong password",
      };
      results.push(await login(t.deps, attempt(change)));
    }
    seen.push(results);
  }
  assertEquals(seen[0], seen[1]);
});

Deno.test("half() rounds up: an odd budget's last attempt is an address's, too", () => {
  assertEquals(half({ limit: 5, windowMs: 60_000 }).limit, 3);
  assertEquals(half({ limit: 40, windowMs: 60_000 }).limit, 20);
  assertEquals(half({ limit: 1, windowMs: 60_000 }).limit, 1);
});
