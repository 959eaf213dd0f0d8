import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createSetupToken } from "../../lib/accounts/setup.ts";
import { PASSWORD as SIGNED_IN_BY, startApp, type TestApp } from "../_app.ts";

const ANN = { username: "ann", password: "a pass phrase" };

/** The session cookie that a response sets, as a browser sends it back. */
function sessionOf(response: Response): string {
  const set = response.headers.getSetCookie().find((cookie) =>
    /^(__Host-)?portcullis=[^;]+/.test(cookie)
  );
  assert(set, "a session cookie is set");
  return set.split(";", 1)[0]!;
}

async function who(app: TestApp, cookie: string): Promise<string | null> {
  const response = await app.fetch("/api/me", { cookie });
  const { username } = await response.json();
  return username ?? null;
}

Deno.test("signup: 303 to a page that greets, with a session that works", async () => {
  await using app = await startApp();
  const response = await app.fetch("/signup", { form: ANN });
  assertEquals(response.status, 303);
  const cookie = sessionOf(response);
  assertEquals(await who(app, cookie), "ann");
  const page = await app.fetch(response.headers.get("location")!, { cookie });
  assertEquals(page.status, 200);
  assertStringIncludes(await page.text(), "ann");
});

Deno.test("signup: a taken name, a bad name and a weak password come back with the form and what to do", async (t) => {
  await using app = await startApp({ env: { SIGNUP_RATE: "100/h" } });
  await app.fetch("/signup", { form: ANN });
  const cases: [form: Record<string, string>, status: number, says: string][] =
    [
      [ANN, 409, "This user name is taken"],
      [{ ...ANN, username: "ANN" }, 409, "This user name is taken"],
      [{ ...ANN, username: "a b" }, 422, "letters, digits"],
      [{ ...ANN, username: "" }, 422, "Enter a user name"],
      [{ username: "bob", password: "short" }, 422, "at least 8 characters"],
      [{ username: "bob", password: "" }, 422, "at least 8 characters"],
      [
        { username: "bob", password: "password123" },
        422,
        "one of the most common",
      ],
      [{}, 422, "Enter a user name"],
    ];
  for (const [form, status, says] of cases) {
    await t.step(JSON.stringify(form), async () => {
      const response = await app.fetch("/signup", { form });
      const text = await response.text();
      assertEquals(response.status, status, text);
      assertStringIncludes(text, says);
      assertEquals(response.headers.get("cache-control"), "no-store");
      // Everything but the password is kept in the form.
      if (form.username) assertStringIncludes(text, `value="${form.username}"`);
      if (form.password) assert(!text.includes(`"${form.password}"`));
    });
  }
});

Deno.test("login: 303 with a new cookie; a session that was there before is dead after it", async () => {
  await using app = await startApp();
  await app.fetch("/signup", { form: ANN });
  const first = await app.fetch("/login", { form: ANN });
  assertEquals([first.status, first.headers.get("location")], [303, "/"]);
  const old = sessionOf(first);
  const second = await app.fetch("/login", { form: ANN, cookie: old });
  const fresh = sessionOf(second);
  assert(old !== fresh);
  assertEquals(await who(app, fresh), "ann");
  assertEquals(await who(app, old), null);
  // A planted session cookie is not adopted.
  const planted = `portcullis=${"A".repeat(43)}`;
  const third = await app.fetch("/login", { form: ANN, cookie: planted });
  assert(sessionOf(third) !== planted);
  assertEquals(await who(app, planted), null);
});

Deno.test("login: the cookie is HttpOnly, SameSite=Lax, for the whole site, and Secure behind https", async () => {
  for (
    const [env, name, secure] of [
      [{}, "portcullis", false],
      [{ PUBLIC_ORIGIN: "https://example.org" }, "__Host-portcullis", true],
    ] as const
  ) {
    await using app = await startApp({ env });
    const headers = { "sec-fetch-site": "same-origin" };
    const response = await app.fetch("/signup", { form: ANN, headers });
    const [pair, ...attributes] = response.headers.getSetCookie()
      .find((text) => text.startsWith(`${name}=`))!.split("; ");
    assert(/=[\w-]{43}$/.test(pair!), pair);
    const plain = attributes.filter((text) => !text.startsWith("Max-Age="));
    assertEquals(
      plain.toSorted(),
      ["HttpOnly", "Path=/", "SameSite=Lax", ...(secure ? ["Secure"] : [])],
    );
  }
});

Deno.test("login: a wrong password and an unknown name get the same page and no cookie", async () => {
  await using app = await startApp();
  await app.fetch("/signup", { form: ANN });
  const answers: string[] = [];
  for (const username of ["ann", "bob"]) {
    const response = await app.fetch("/login", {
      form: { username, password: "another pass phrase" },
    });
    assertEquals(response.status, 401);
    assertEquals(response.headers.getSetCookie(), []);
    const text = (await response.text()).replaceAll(
      `value="${username}"`,
      'value=""',
    );
    assertStringIncludes(text, "Incorrect user name or password.");
    answers.push(text);
  }
  assertEquals(answers[0], answers[1]);
});

Deno.test("login: over the limit the page says for how long, as Retry-After does", async () => {
  await using app = await startApp();
  await app.fetch("/signup", { form: ANN });
  for (let n = 0; n < 5; n++) {
    await app.fetch("/login", { form: { ...ANN, password: "wrong" } });
    // Viewing the page does not count.
    await app.fetch("/login");
    await app.fetch("/login", { method: "HEAD" });
    await app.fetch("/login", { method: "OPTIONS" });
  }
  const response = await app.fetch("/login", { form: ANN });
  assertEquals(response.status, 429);
  const wait = response.headers.get("retry-after");
  assertEquals(wait, "60");
  assertStringIncludes(await response.text(), `in ${wait} seconds`);
  assertEquals((await app.fetch("/login")).status, 200);
});

Deno.test("login: ?next= leads only to this site", async (t) => {
  await using app = await startApp({ env: { LOGIN_RATE_ANONYMOUS: "100/m" } });
  await app.fetch("/signup", { form: ANN });
  const cases: [next: string, to: string][] = [
    ["/profile", "/profile"],
    [
      "/admin/requests?ip=203.0.113.9&status=4xx",
      "/admin/requests?ip=203.0.113.9&status=4xx",
    ],
    ["/admin/ip/2001:db8::%2F32", "/admin/ip/2001:db8::%2F32"],
    ["", "/"],
    ["profile", "/"],
    ["//e", "/"],
    ["///e", "/"],
    ["/\\e", "/"],
    ["\\\\e", "/"],
    ["/%5Ce", "/"],
    ["/%09/e", "/"],
    ["/\t/e", "/"],
    ["/\n/e", "/"],
    ["/.//e", "/"],
    ["/..//e", "/"],
    ["/a/..//e", "/"],
    ["/a/%2e%2e//e", "/"],
    ["/%2e//e", "/"],
    ["/%2F/e", "/%2F/e"],
    ["/%2F%2Fe", "/"],
    ["javascript:alert(1)", "/"],
    ["https:e", "/"],
    ["https://e/", "/"],
    ["//localhost@e/", "/"],
    ["/\u2028/e", "/%E2%80%A8/e"],
    [`/${"x".repeat(5_000)}`, "/"],
  ];
  for (const [next, to] of cases) {
    await t.step(JSON.stringify(next).slice(0, 60), async () => {
      const path = `/login?next=${encodeURIComponent(next)}`;
      const response = await app.fetch(path, { form: ANN });
      assertEquals(response.status, 303);
      const location = response.headers.get("location")!;
      assertEquals(location, to);
      // A browser resolves it to this site.
      const { origin } = new URL(location, "http://localhost");
      assertEquals(origin, "http://localhost");
      // And the page's form leads to no other site.
      const page = await (await app.fetch(path)).text();
      const action = /<form[^>]* action="([^"]*)"/.exec(page)![1]!;
      const shown = new URL(
        action.replaceAll("&amp;", "&"),
        "http://localhost",
      );
      assertEquals(shown.searchParams.get("next") ?? "/", to);
    });
  }
});

Deno.test("login: who is sent away from a page comes back to it", async () => {
  await using app = await startApp();
  await app.fetch("/signup", { form: ANN });
  const away = await app.fetch("/profile?x=1&y=%26");
  assertEquals(away.status, 303);
  const location = away.headers.get("location")!;
  assertEquals(location, "/login?next=%2Fprofile%3Fx%3D1%26y%3D%2526");
  const back = await app.fetch(location, { form: ANN });
  assertEquals(back.headers.get("location"), "/profile?x=1&y=%26");
});

Deno.test("logout: GET asks and changes nothing, POST ends the session", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("ann");
  const asks = await app.fetch("/logout", { cookie });
  assertEquals(asks.status, 200);
  assertStringIncludes(await asks.text(), 'action="/logout"');
  assertEquals(asks.headers.getSetCookie(), []);
  for (const method of ["HEAD", "OPTIONS"]) {
    await app.fetch("/logout", { cookie, method });
  }
  await app.fetch("/logout?action=logout&confirm=1", { cookie });
  assertEquals(await who(app, cookie), "ann");

  const done = await app.fetch("/logout", { cookie, form: {} });
  assertEquals([done.status, done.headers.get("location")], [303, "/"]);
  const cleared = done.headers.getSetCookie().find((text) =>
    text.startsWith("portcullis=;")
  );
  assert(cleared, "the cookie is taken back");
  assertEquals(await who(app, cookie), null);
  const again = await app.fetch("/logout", { cookie, form: {} });
  assertEquals(again.status, 303);
});

Deno.test("profile: a new password ends all other sessions and tokens", async () => {
  await using app = await startApp();
  const signedUp = sessionOf(await app.fetch("/signup", { form: ANN }));
  const other = sessionOf(await app.fetch("/login", { form: ANN }));
  const token = (await (await app.fetch("/api/login", { json: ANN })).json())
    .token as string;
  const form = {
    action: "password",
    current: ANN.password,
    next: "another pass phrase",
  };
  const wrong = await app.fetch("/profile", {
    cookie: other,
    form: { ...form, current: "not it at all" },
  });
  assertEquals(wrong.status, 422);
  assertEquals(await who(app, signedUp), "ann");
  const weak = await app.fetch("/profile", {
    cookie: other,
    form: { ...form, next: "short" },
  });
  assertEquals(weak.status, 422);

  const done = await app.fetch("/profile", { cookie: other, form });
  assertEquals(done.status, 303);
  const fresh = sessionOf(done);
  assertEquals(await who(app, fresh), "ann");
  for (const cookie of [signedUp, other]) {
    assertEquals(await who(app, cookie), null);
  }
  assertEquals((await app.fetch("/api/me", { token })).status, 401);
  assertEquals((await app.fetch("/login", { form: ANN })).status, 401);
  const renewed = { ...ANN, password: form.next };
  assertEquals((await app.fetch("/login", { form: renewed })).status, 303);
});

Deno.test("profile: one session of one's own is ended, nobody else's is", async () => {
  await using app = await startApp();
  const ann = await app.signIn("ann");
  const bob = await app.signIn("bob");
  const ids = async (cookie: string) => {
    const text = await (await app.fetch("/profile", { cookie })).text();
    return [...text.matchAll(/name="session" value="([^"]+)"/g)].map((match) =>
      match[1]!
    );
  };
  const [first] = await ids(bob.cookie);
  const stolen = await app.fetch("/profile", {
    cookie: ann.cookie,
    form: { action: "revoke", session: first!, password: SIGNED_IN_BY },
  });
  assertEquals(stolen.status, 404);
  assertEquals((await ids(bob.cookie)).length, 2);
  const own = await (await app.fetch("/profile", { cookie: ann.cookie }))
    .text();
  const rows = own.split("<tr").filter((row) => row.includes('"session"'));
  rows.sort((a) => a.includes("this one") ? 1 : -1);
  for (const row of rows) {
    const session = /name="session" value="([^"]+)"/.exec(row)![1]!;
    const isThis = row.includes("this one");
    if (!isThis) {
      const unproven = await app.fetch("/profile", {
        cookie: ann.cookie,
        form: { action: "revoke", session },
      });
      assertEquals(unproven.status, 422);
      assertStringIncludes(await unproven.text(), "Your password is required.");
    }
    const ended = await app.fetch("/profile", {
      cookie: ann.cookie,
      // Ending this one is a logout, which needs no password.
      form: isThis
        ? { action: "revoke", session }
        : { action: "revoke", session, password: SIGNED_IN_BY },
    });
    assertEquals(
      [ended.status, ended.headers.get("location")],
      [303, "/profile?done=revoked"],
    );
  }
  assertEquals(await who(app, ann.cookie), null);
  assertEquals((await app.fetch("/api/me", { token: ann.token })).status, 401);
});

Deno.test("setup: the link makes the first admin once, and only where there is none", async () => {
  await using app = await startApp();
  const token = await createSetupToken(app.services.accounts);
  const second = await createSetupToken(app.services.accounts);
  const link = `/setup?token=${token}`;
  // The token may be in the fragment, or be typed.
  const open = await app.fetch("/setup");
  assertEquals(open.status, 200);
  const text = await open.text();
  assert(text.includes('name="token"') && !text.includes(token!), text);
  const noToken = { ...ANN, username: "mallory" };
  assertEquals((await app.fetch("/setup", { form: noToken })).status, 403);
  assertEquals((await app.fetch("/setup?token=banana")).status, 403);
  assertEquals((await app.fetch(link)).status, 200);
  assertEquals((await app.fetch(link, { method: "HEAD" })).status, 200);
  // A weak password does not use it up.
  const weak = { username: "root", password: "short" };
  assertEquals((await app.fetch(link, { form: weak })).status, 422);
  const forms = ["root", "toor"].map((username) =>
    app.fetch("/setup", { form: { ...ANN, username, token: `#${token}` } })
  );
  const answers = await Promise.all(forms);
  assertEquals(answers.map(({ status }) => status).toSorted(), [303, 403]);
  const done = answers.find(({ status }) => status === 303)!;
  assertEquals(done.headers.get("location"), "/admin");
  const cookie = sessionOf(done);
  assertEquals((await app.fetch("/admin", { cookie })).status, 200);
  assertEquals((await app.fetch("/setup")).status, 403);
  for (const path of [link, `/setup?token=${second}`]) {
    assertEquals((await app.fetch(path)).status, 403);
    const form = { ...ANN, username: "mallory" };
    assertEquals((await app.fetch(path, { form })).status, 403);
  }
});

Deno.test("setup: the link ends after 24 hours", async () => {
  await using app = await startApp();
  const link = `/setup?token=${await createSetupToken(app.services.accounts)}`;
  app.clock.now += 24 * 3_600_000 - 1;
  assertEquals((await app.fetch(link)).status, 200);
  app.clock.now += 1;
  assertEquals((await app.fetch(link)).status, 403);
  assertEquals((await app.fetch(link, { form: ANN })).status, 403);
});
