import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
} from "@std/assert";
import { setActive, setRole } from "../../lib/accounts/change_user.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import { login } from "../../lib/accounts/login.ts";
import { createArgon2Pool } from "../../lib/accounts/argon2_pool.ts";
import { derive } from "../../lib/accounts/argon2.ts";
import { createHasher } from "../../lib/accounts/passwords.ts";
import { getTotpSetup } from "../../lib/accounts/second_factor.ts";
import { createSetupToken } from "../../lib/accounts/setup.ts";
import { totpCode } from "../../lib/accounts/totp.ts";
import type { Role } from "../../lib/accounts/user.ts";
import { findUserByName } from "../../lib/accounts/users.ts";
import { parseRate } from "../../lib/limits/rate.ts";
import { attempt, setUp } from "../accounts/_accounts.ts";
import { startApp, type TestApp } from "../_app.ts";
import { Visitor } from "./_visitor.ts";

const PASSWORD = "correct horse battery staple";
const WRONG = "wrong password";
const HOME = "198.51.100.1";

/** The app with users whose password hashes are cheap. */
async function start(
  env: Record<string, string> = {},
  users: Record<string, Role> = { ada: "user" },
) {
  const app = await startApp({ env });
  const { accounts } = app.services;
  const pool = createArgon2Pool({
    createThread: () => ({ derive, close: () => Promise.resolve() }),
  });
  const { close: _, ...cheap } = createHasher({
    params: { m: 16, t: 1 },
    pool,
  });
  Object.assign(accounts.hasher, cheap);
  for (const [username, role] of Object.entries(users)) {
    await createUser(accounts, { username, password: PASSWORD, role });
  }
  return app;
}

/** A browser with a login. */
async function signedIn(app: TestApp, username = "ada", peer = HOME) {
  const visitor = new Visitor(app, peer);
  assertEquals(await visitor.login(username, PASSWORD), 303);
  return visitor;
}

Deno.test("a wrong password, an unknown name and a disabled account look alike", async () => {
  await using app = await start({}, { ada: "user", off: "user" });
  const { accounts } = app.services;
  const off = await findUserByName(accounts, "off");
  await setActive(accounts, off!.id, false);
  const seen = new Set<string>();
  const attempts = [["ada", WRONG], ["nobody", PASSWORD], ["off", PASSWORD]];
  for (const [i, [username, password]] of attempts.entries()) {
    const peer = `192.0.2.${i}`;
    const page = await app.fetch("/login", {
      peer,
      form: { username: username!, password: password! },
    });
    const api = await app.fetch("/api/login", {
      peer,
      json: { username, password },
    });
    const shown = [];
    for (const response of [page, api]) {
      const text = (await response.text()).replace(/nonce="[^"]*"/g, "")
        .replaceAll(`value="${username}"`, "");
      const headers = [...response.headers].filter(([name]) =>
        name !== "content-security-policy"
      );
      shown.push([response.status, headers, text]);
    }
    seen.add(JSON.stringify(shown));
  }
  assertEquals(seen.size, 1);
});

Deno.test("200 logins each of a known and an unknown name take as long, within their spread", async () => {
  await using t = await setUp();
  // Real hashes of some 8 ms: a missing hash for an unknown name is distinguishable from the
  // store's noise.
  const hasher = createHasher({
    params: { m: 4_096, t: 2 },
    pool: createArgon2Pool({
      createThread: () => ({ derive, close: () => Promise.resolve() }),
    }),
  });
  const open = parseRate("100000/h");
  const rates = { ...t.deps.rates, loginRateAccount: open };
  const deps = { ...t.deps, hasher, rates };
  await createUser(deps, { username: "known", password: PASSWORD });

  // A pause of the machine in one half of a run must not decide.
  let told = "";
  for (let run = 0; run < 3; run++) {
    const times: Record<string, number[]> = { known: [], other: [] };
    for (let i = 0; i < 400; i++) {
      const username = i % 2 ? "known" : "other";
      const subject = `${run} ${i}`;
      const each = attempt({ username, subject, password: WRONG });
      const started = performance.now();
      const result = await login(deps, each);
      if (i >= 20) times[username]!.push(performance.now() - started);
      assert(!result.ok && result.kind === "wrong");
    }
    const known = quartiles(times.known!);
    const other = quartiles(times.other!);
    const difference = Math.abs(known.median - other.median);
    const spread = Math.max(known.spread, other.spread);
    told = `medians ${known.median} and ${other.median}, spread ${spread}`;
    if (difference < spread) return;
  }
  throw new Error(told);
});

function quartiles(times: number[]): { median: number; spread: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(sorted.length * part)]!;
  return { median: at(0.5), spread: at(0.75) - at(0.25) };
}

Deno.test("a session cookie that was there before the login is not adopted", async () => {
  await using app = await start();
  const visitor = new Visitor(app, HOME);
  const planted = "A".repeat(43);
  visitor.cookies.set("portcullis", planted);
  assertEquals(await visitor.login("ada", PASSWORD), 303);
  const first = visitor.cookies.get("portcullis");
  assertNotEquals(first, planted);
  assertEquals(await visitor.login("ada", PASSWORD), 303);
  assertNotEquals(visitor.cookies.get("portcullis"), first);
  const before = new Visitor(app, HOME);
  before.cookies.set("portcullis", first!);
  assert(!await before.isSignedIn());
});

Deno.test("logout, a new password, a new role and disabling end sessions on the server", async () => {
  const ends: Record<
    string,
    (app: TestApp, visitor: Visitor) => Promise<unknown>
  > = {
    logout: (_, visitor) => visitor.post("/logout", {}),
    "a new password": (_, visitor) =>
      visitor.post("/profile", {
        action: "password",
        current: PASSWORD,
        next: "a brand new passphrase",
      }),
    "a new role": async ({ services: { accounts } }) =>
      setRole(accounts, (await findUserByName(accounts, "ada"))!.id, "admin"),
    disabling: async ({ services: { accounts } }) =>
      setActive(accounts, (await findUserByName(accounts, "ada"))!.id, false),
  };
  for (const [name, end] of Object.entries(ends)) {
    await using app = await start();
    const visitor = await signedIn(app);
    const thief = new Visitor(app, "192.0.2.1");
    thief.cookies.set("portcullis", visitor.cookies.get("portcullis")!);
    assert(await thief.isSignedIn(), name);
    await end(app, visitor);
    assert(!await thief.isSignedIn(), name);
  }
});

Deno.test("over https every cookie is __Host-, Secure and HttpOnly, and only those are read", async () => {
  const origin = "https://example.org";
  await using app = await start({ PUBLIC_ORIGIN: origin });
  const form = { username: "ada", password: PASSWORD };
  const response = await app.fetch("/login", { form, headers: { origin } });
  assertEquals(response.status, 303);
  const cookies = response.headers.getSetCookie();
  assertEquals(cookies.map((cookie) => cookie.split("=")[0]), [
    "__Host-portcullis",
    "__Host-portcullis-device",
  ]);
  for (const cookie of cookies) {
    for (const part of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]) {
      assert(cookie.split("; ").includes(part), cookie);
    }
    assert(!/domain/i.test(cookie));
  }
  const secret = /=([^;]+)/.exec(cookies[0]!)![1];
  const status = async (cookie: string) => {
    const response = await app.fetch("/profile", { cookie });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status(`__Host-portcullis=${secret}`), 200);
  assertEquals(await status(`portcullis=${secret}`), 303);
});

Deno.test("over plain http the cookies have plain names and are still HttpOnly", async () => {
  await using app = await start();
  const form = { username: "ada", password: PASSWORD };
  const response = await app.fetch("/login", { form });
  const cookies = response.headers.getSetCookie();
  assertEquals(cookies.map((cookie) => cookie.split("=")[0]), [
    "portcullis",
    "portcullis-device",
  ]);
  for (const cookie of cookies) {
    assert(cookie.includes("HttpOnly") && cookie.includes("SameSite=Lax"));
    assert(!cookie.includes("Secure"));
  }
});

Deno.test("the profile lists sessions, devices and logins with their places, and ends them", async () => {
  await using app = await start();
  const { geo } = app.services;
  geo.peek = () => ({
    country: "Germany",
    country_code: "DE",
    city: "Leipzig",
    latitude: 51,
    longitude: 12,
    source: "test",
  });
  const here = await signedIn(app);
  const there = await signedIn(app, "ada", "203.0.113.77");
  await new Visitor(app, "192.0.2.66").login("ada", WRONG);
  await app.services.accounts.activity.flush();

  const { text } = await here.read("/profile");
  assertEquals(text.match(/203\.0\.113\.77<\/td>/g)?.length, 3);
  assertMatch(text, /192\.0\.2\.66/);
  assertMatch(text, /wrong password/);
  assertMatch(text, /Leipzig, Germany/);
  assertMatch(text, /this one/);

  const session = /aria-label="End the session from 203\.0\.113\.77"/;
  const idBefore = (html: string, field: string, label: RegExp) => {
    const end = html.search(label);
    const ids = [
      ...html.slice(0, end).matchAll(
        new RegExp(`name="${field}" value="([0-9a-f]{64})"`, "g"),
      ),
    ];
    return ids.at(-1)![1]!;
  };
  const ending = {
    action: "revoke",
    session: idBefore(text, "session", session),
  };
  // A stolen session is not enough.
  for (const password of [undefined, "", WRONG]) {
    const form = password === undefined ? ending : { ...ending, password };
    assertEquals((await here.post("/profile", form)).status, 422);
    assert(await there.isSignedIn());
  }
  const revoked = await here.post("/profile", {
    ...ending,
    password: PASSWORD,
  });
  assertEquals(revoked.location, "/profile?done=revoked");
  assert(!await there.isSignedIn());
  assert(await here.isSignedIn());

  const device = idBefore(text, "device", /last used from 203\.0\.113\.77"/);
  const eve = await new Visitor(app, HOME);
  await eve.post("/signup", { username: "eve", password: PASSWORD });
  const forget = { action: "forget", device };
  assertEquals((await here.post("/profile", forget)).status, 422);
  const proven = { ...forget, password: PASSWORD };
  assertEquals((await eve.post("/profile", proven)).status, 404);
  const forgotten = await here.post("/profile", proven);
  assertEquals(forgotten.location, "/profile?done=forgotten");
  // The cookie is now invalid: only the budget of unknown clients remains.
  for (let i = 0; i < 3; i++) {
    assertEquals(await new Visitor(app, there.peer).login("x", "y"), 401);
  }
  assertEquals(await there.login("ada", WRONG), 401);
  assertEquals(await there.login("ada", PASSWORD), 429);
});

Deno.test("a login leads to what was asked for, and to nothing else's page", async () => {
  await using app = await start();
  const visitor = new Visitor(app, HOME);
  const form = { username: "ada", password: PASSWORD };
  for (
    const [next, expected] of [
      ["/profile?a=b", "/profile?a=b"],
      ["//evil.example", "/"],
      ["/\\evil.example", "/"],
      ["https://evil.example", "/"],
    ] as const
  ) {
    const path = `/login?next=${encodeURIComponent(next)}`;
    const { location } = await visitor.post(path, form);
    assertEquals(location, expected);
  }
});

Deno.test("passwords follow NIST: length and the common ones, nothing about composition, nothing cut", async () => {
  await using app = await start({ SIGNUP_RATE: "1000/h" });
  let n = 0;
  const signup = async (password: string) => {
    const username = `new${n++}`;
    const json = { username, password };
    const response = await app.fetch("/api/signup", { json });
    await response.body?.cancel();
    return response.status;
  };
  for (
    const bad of [
      "",
      "1234567",
      "password",
      "PASSWORD",
      "qwertyuiop",
      "x".repeat(1_025),
    ]
  ) assertEquals(await signup(bad), 422, bad);
  for (
    const good of [
      "kqzvwmtp",
      "        leading and trailing        ",
      "🦆🦆🦆🦆🦆🦆🦆🦆",
      "пароль из четырёх слов",
      "x".repeat(1_024),
    ]
  ) assertEquals(await signup(good), 201, good);

  const long = `${"y".repeat(100)}1`;
  await createUser(app.services.accounts, { username: "eve", password: long });
  const visitor = new Visitor(app, "192.0.2.1");
  assertEquals(await visitor.login("eve", long.slice(0, 100)), 401);
  assertEquals(await visitor.login("eve", `${long} `), 401);
  assertEquals(await visitor.login("eve", long), 303);
});

Deno.test("forms let a password be pasted and a password manager do its work", async () => {
  await using app = await start();
  const visitor = new Visitor(app, HOME);
  for (
    const [path, hint] of [
      ["/login", "current-password"],
      ["/signup", "new-password"],
    ]
  ) {
    const { text } = await visitor.read(path!);
    const field = /<input[^>]*name="password"[^>]*>/.exec(text)![0];
    assert(field.includes('type="password"'));
    assert(field.includes(`autocomplete="${hint}"`));
    assert(!/onpaste|maxlength|pattern/i.test(field), field);
    assertMatch(text, /<input[^>]*autocomplete="username"/);
  }
});

/**
 * Turns the second factor on in the browser; resolves to the recovery codes and to the app's codes.
 */
async function turnOn(app: TestApp, visitor: Visitor) {
  const path = "/profile/second-factor";
  const { accounts } = app.services;
  await visitor.post(path, { action: "begin" });
  const { id } = (await findUserByName(accounts, "ada"))!;
  const secret = (await getTotpSetup(accounts, id))!;
  const code = () => totpCode(secret, Math.floor(app.clock.now / 30_000));
  const page = await visitor.read(path);
  assertMatch(page.text, /<svg[^>]*class="qr"/);
  assertMatch(
    page.text,
    /otpauth:\/\/totp\/Portcullis:ada\?secret=[A-Z2-7]{32}/,
  );

  const enable = { action: "enable", code: code(), password: PASSWORD };
  const wrong = await visitor.post(path, { ...enable, password: WRONG });
  assertEquals(wrong.status, 422);
  const late = await visitor.post(path, { ...enable, code: "000000" });
  assertEquals(late.status, 422);
  const done = await visitor.post(path, enable);
  assertEquals(done.status, 200);
  const codes = [...done.text.matchAll(/<code>([0-9a-z-]{14})<\/code>/g)]
    .map((match) => match[1]!);
  assertEquals(codes.length, 10);
  // Shown only once.
  assert(!(await visitor.read(path)).text.includes(codes[0]!));
  app.clock.now += 60_000;
  return { code, codes };
}

Deno.test("second factor: on with code and password, asked for after the password, each code once, off with the password", async () => {
  await using app = await start();
  const visitor = await signedIn(app);
  const elsewhere = await signedIn(app, "ada", "203.0.113.77");
  const { code, codes } = await turnOn(app, visitor);
  assert(await visitor.isSignedIn());
  assert(!await elsewhere.isSignedIn());

  const next = "?next=%2Fprofile";
  const form = { username: "ada", password: PASSWORD };
  // A known device does not replace the second factor.
  const first = await elsewhere.post(`/login${next}`, form);
  assertEquals(first.status, 303);
  assertEquals(first.location, `/login/code${next}`);
  assert(!await elsewhere.isSignedIn());
  assertEquals((await elsewhere.read("/login/code")).status, 200);
  const path = `/login/code${next}`;
  assertEquals((await elsewhere.post(path, { code: "000000" })).status, 401);
  const entered = await elsewhere.post(path, { code: code() });
  assertEquals([entered.status, entered.location], [303, "/profile"]);
  assert(await elsewhere.isSignedIn());
  assert(!elsewhere.cookies.has("portcullis-pending"));

  // The same code again, a recovery code, and the same recovery code again.
  const third = new Visitor(app, "203.0.113.78");
  await third.post("/login", form);
  assertEquals((await third.post(path, { code: code() })).status, 401);
  assertEquals((await third.post(path, { code: codes[0]! })).status, 303);
  await third.post("/login", form);
  assertEquals((await third.post(path, { code: codes[0]! })).status, 401);

  const factor = "/profile/second-factor";
  const off = await visitor.post(factor, {
    action: "disable",
    password: PASSWORD,
  });
  assertEquals(off.location, `${factor}?done=disabled`);
  assert(await visitor.isSignedIn());
  assert(!await elsewhere.isSignedIn());
  app.clock.now += 60_000;
  assertEquals(await third.login("ada", PASSWORD), 303);
  assert(await third.isSignedIn());
});

Deno.test("second factor: the API says that a code is needed only to who has the password", async () => {
  await using app = await start();
  const { code } = await turnOn(app, await signedIn(app));
  const call = async (body: Record<string, string>) => {
    const json = { username: "ada", ...body };
    const response = await app.fetch("/api/login", { json });
    return { status: response.status, body: await response.json() };
  };
  const wrong = await call({ password: WRONG, code: code() });
  assertEquals([wrong.status, wrong.body.type], [401, "about:blank"]);
  const none = await call({ password: PASSWORD });
  const type = "urn:portcullis:code-required";
  assertEquals([none.status, none.body.type], [401, type]);
  const bad = await call({ password: PASSWORD, code: "000000" });
  assertEquals(bad.body.type, "urn:portcullis:code-wrong");
  const right = await call({ password: PASSWORD, code: code() });
  assertEquals(right.status, 200);
  assertEquals(typeof right.body.token, "string");
});

Deno.test("second factor: without a login that waits, the page for the code leads back", async () => {
  await using app = await start();
  const visitor = new Visitor(app, HOME);
  const response = await visitor.fetch("/login/code");
  assertEquals(response.status, 303);
  assertEquals(response.headers.get("location"), "/login");
  assertEquals(
    (await visitor.post("/login/code", { code: "123456" })).status,
    401,
  );
});

Deno.test("the first admin's link works once, and of ten who race for it one wins", async () => {
  await using app = await start({}, {});
  const { accounts } = app.services;
  const tokens = [
    await createSetupToken(accounts),
    await createSetupToken(accounts),
  ];
  const statuses = await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const visitor = new Visitor(app, `192.0.2.${i}`);
      const { status } = await visitor.post(`/setup?token=${tokens[i % 2]}`, {
        username: `root${i}`,
        password: PASSWORD,
      });
      return status;
    }),
  );
  assertEquals(statuses.filter((status) => status === 303).length, 1);
  assertEquals(statuses.filter((status) => status === 403).length, 9);
  for (const token of [...tokens, "x", ""]) {
    const visitor = new Visitor(app, HOME);
    assertEquals((await visitor.read(`/setup?token=${token}`)).status, 403);
  }
  assertEquals(await createSetupToken(accounts), null);
});

Deno.test("no admin can remove the last admin, not even two each other at once", async () => {
  await using app = await start({}, { one: "admin", two: "admin" });
  const { accounts } = app.services;
  const [one, two] = [await signedIn(app, "one"), await signedIn(app, "two")];
  const id = async (name: string) => (await findUserByName(accounts, name))!.id;
  const results = await Promise.all([
    one.post("/admin/users", { action: "demote", id: await id("two") }),
    two.post("/admin/users", { action: "disable", id: await id("one") }),
  ]);
  // The second one may be logged out by then, and is redirected to the login.
  const places = results.map(({ headers }) => headers.get("location"));
  const done = results.filter((_, index) =>
    places[index]?.startsWith("/admin/users") ?? false
  );
  assertEquals(done.length, 1, JSON.stringify(places));

  const left = done[0] === results[0] ? one : two;
  const name = left === one ? "one" : "two";
  for (const action of ["demote", "disable"]) {
    const form = { action, id: await id(name) };
    assertEquals((await left.post("/admin/users", form)).status, 409);
  }
  assertEquals((await left.read("/admin")).status, 200);
});
