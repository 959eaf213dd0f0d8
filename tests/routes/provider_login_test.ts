import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findUserByName } from "../../lib/accounts/users.ts";
import { keys } from "../../lib/store/keys.ts";
import { PASSWORD, startApp, type TestApp } from "../_app.ts";
import { CLIENT, startProvider, type TestProvider } from "./_provider.ts";

const SITE = "http://localhost";
const PLACES = {
  redirectUri: `${SITE}/login/oidc/callback`,
  afterLogout: `${SITE}/login`,
};
const MARIA = { preferred_username: "maria", groups: ["staff"] };

function envOf(provider: { issuer: string }): Record<string, string> {
  return {
    PUBLIC_ORIGIN: SITE,
    OIDC_ISSUER: provider.issuer,
    ...CLIENT,
    OIDC_SCOPES: "openid profile roles",
    OIDC_ROLES_CLAIM: "groups",
    OIDC_LABEL: "Example SSO",
  };
}

/** The cookies of a response, as a browser sends them back. */
function cookiesOf(response: Response): string {
  return response.headers.getSetCookie().map((line) => line.split(";", 1)[0])
    .filter((pair) => !pair!.endsWith("=")).join("; ");
}

/** Starts a login: returns the redirect, and the browser's cookie. */
async function begin(app: TestApp, next = "/admin", cookie?: string) {
  const response = await app.fetch(
    `/login/oidc?next=${encodeURIComponent(next)}`,
    { cookie },
  );
  await response.body?.cancel();
  assertEquals(response.status, 303);
  return {
    to: response.headers.get("location")!,
    cookie: cookiesOf(response),
  };
}

/** Logs in from the first click to the session. */
async function logIn(
  app: TestApp,
  provider: TestProvider,
  subject: string,
  next = "/admin",
) {
  const { to, cookie } = await begin(app, next);
  const back = await provider.logIn(to, subject);
  const response = await app.fetch(back.pathname + back.search, { cookie });
  await response.body?.cancel();
  return { back, away: cookie, response, session: cookiesOf(response) };
}

async function statusOf(app: TestApp, path: string, cookie: string) {
  const response = await app.fetch(path, { cookie });
  await response.body?.cancel();
  return response.status;
}

Deno.test("a login at the provider begins a session with the role that a claim says", async () => {
  await using provider = await startProvider(PLACES);
  await using app = await startApp({ env: envOf(provider) });
  provider.people.set("1", { ...MARIA, groups: ["staff", "portcullis-admin"] });
  provider.people.set("2", { preferred_username: "omar", groups: ["staff"] });

  const page = await (await app.fetch("/login?next=%2Fadmin")).text();
  assertStringIncludes(page, "Log in with Example SSO");
  assertStringIncludes(page, 'href="/login/oidc?next=%2Fadmin"');
  const { to, cookie } = await begin(app);
  const sent = new URL(to).searchParams;
  assertEquals(sent.get("code_challenge_method"), "S256");
  assertEquals(sent.get("redirect_uri"), PLACES.redirectUri);
  assertEquals(sent.get("response_type"), "code");
  for (const name of ["state", "nonce", "code_challenge"]) {
    assert(/^[\w-]{43}$/.test(sent.get(name)!), name);
  }
  assert(/^portcullis-provider=[\w-]{43}$/.test(cookie));

  const maria = await logIn(app, provider, "1", "/admin/users?search=m");
  assertEquals(maria.response.status, 303);
  assertEquals(
    maria.response.headers.get("location"),
    "/admin/users?search=m",
  );
  const people = await (await app.fetch("/admin/users", {
    cookie: maria.session,
  })).text();
  assertStringIncludes(people, "by provider");
  const me = await (await app.fetch("/api/me", { cookie: maria.session }))
    .json();
  assertEquals([me.username, me.role, me.source], [
    "maria",
    "admin",
    "provider",
  ]);
  assertEquals(
    await statusOf(app, "/admin", (await logIn(app, provider, "2")).session),
    403,
  );

  // Only an account, a session and a hash are stored: no token, no code.
  const all = await Array.fromAsync(app.services.kv.list({ prefix: [] }));
  const text = JSON.stringify(all.map(({ value }) => value));
  assert(!text.includes(maria.back.searchParams.get("code")!));
  assert(!/eyJ[\w-]+\.eyJ/.test(text));
});

Deno.test("an answer of the provider counts once, in the browser that asked, while it is new", async (t) => {
  await using provider = await startProvider(PLACES);
  await using app = await startApp({ env: envOf(provider) });
  provider.people.set("1", MARIA);
  const refuses = async (path: string, cookie: string, status = 400) => {
    const response = await app.fetch(path, { cookie });
    assertEquals(response.status, status);
    assert(!cookiesOf(response).includes("portcullis="));
    return await response.text();
  };
  await t.step("a second time", async () => {
    const { back, away } = await logIn(app, provider, "1");
    const html = await refuses(back.pathname + back.search, away);
    assertStringIncludes(html, "was used already");
  });
  await t.step("with another state", async () => {
    const { to, cookie } = await begin(app);
    const back = await provider.logIn(to, "1");
    const other = (await begin(app, "/", cookie)).to;
    const states = [
      new URL(other).searchParams.get("nonce")!,
      "x".repeat(43),
      "",
      "../../x",
    ];
    for (const state of states) {
      back.searchParams.set("state", state);
      await refuses(back.pathname + back.search, cookie);
    }
    // The state of one login does not accept the code of another.
    back.searchParams.set("state", new URL(other).searchParams.get("state")!);
    await refuses(back.pathname + back.search, cookie, 403);
  });
  await t.step("in another browser", async () => {
    const { to, cookie } = await begin(app);
    const back = await provider.logIn(to, "1");
    const other = (await begin(app)).cookie;
    for (const stranger of ["", other, "portcullis-provider=x"]) {
      await refuses(back.pathname + back.search, stranger);
    }
    assertEquals(await statusOf(app, back.pathname + back.search, cookie), 303);
  });
  await t.step("after ten minutes", async () => {
    const { to, cookie } = await begin(app);
    const back = await provider.logIn(to, "1");
    app.clock.now += 10 * 60_000;
    await refuses(back.pathname + back.search, cookie);
  });
  await t.step("two tabs of one browser are two logins", async () => {
    const first = await begin(app, "/profile");
    const second = await begin(app, "/profile", first.cookie);
    for (const { to } of [first, second]) {
      const back = await provider.logIn(to, "1");
      const path = back.pathname + back.search;
      assertEquals(await statusOf(app, path, first.cookie), 303);
    }
  });
  await t.step("twice at once", async () => {
    const { to, cookie } = await begin(app);
    const back = await provider.logIn(to, "1");
    const path = back.pathname + back.search;
    const statuses = await Promise.all(
      [1, 2, 3].map(() => statusOf(app, path, cookie)),
    );
    assertEquals(statuses.sort(), [303, 400, 400]);
  });
  await t.step(
    "what the user refused is said, and nothing that others wrote",
    async () => {
      const { to, cookie } = await begin(app);
      const back = await provider.refuse(to);
      back.searchParams.set("error_description", "Call 555 to win");
      const html = await refuses(back.pathname + back.search, cookie, 403);
      assertStringIncludes(
        html,
        "Example SSO did not log you in: access_denied",
      );
      assert(!html.includes("555"));
    },
  );
  await t.step("an issuer that is another's", async () => {
    const { to, cookie } = await begin(app);
    const back = await provider.logIn(to, "1");
    back.searchParams.set("iss", "https://evil.example");
    const html = await refuses(back.pathname + back.search, cookie, 403);
    assertStringIncludes(html, "cannot be believed");
  });
});

Deno.test("a login leads to a page of this site, whatever was asked for", async () => {
  await using provider = await startProvider(PLACES);
  await using app = await startApp({ env: envOf(provider) });
  provider.people.set("1", MARIA);
  for (
    const next of [
      "https://evil.example/",
      "//evil.example",
      "/\\evil.example",
      "/.//evil.example",
      "javascript:alert(1)",
    ]
  ) {
    const { response } = await logIn(app, provider, "1", next);
    assertEquals(response.headers.get("location"), "/", next);
  }
  // Nor does a forged host change the redirect URI.
  const forged = await app.fetch("/login/oidc", {
    headers: { host: "evil.example", "x-forwarded-host": "evil.example" },
  });
  await forged.body?.cancel();
  const location = new URL(forged.headers.get("location")!);
  assertEquals(location.searchParams.get("redirect_uri"), PLACES.redirectUri);
});

Deno.test("a role changes with the next login, and a claim that is missing makes nobody an admin", async () => {
  await using provider = await startProvider(PLACES);
  await using app = await startApp({ env: envOf(provider) });
  const roleAfter = async (groups: unknown) => {
    provider.people.set("1", { preferred_username: "maria", groups });
    const { session, response } = await logIn(app, provider, "1");
    assertEquals(response.status, 303, JSON.stringify(groups));
    return { session, status: await statusOf(app, "/admin", session) };
  };
  const before = await roleAfter(["portcullis-admin"]);
  assertEquals(before.status, 200);
  assertEquals((await roleAfter(["staff"])).status, 403);
  // Sessions with the previous role have ended.
  assertEquals(await statusOf(app, "/admin", before.session), 303);
  assertEquals((await roleAfter("portcullis-admin")).status, 200);
  for (
    const groups of [
      undefined,
      null,
      [],
      "portcullis-admin staff",
      { "portcullis-admin": true },
      [["portcullis-admin"]],
      true,
    ]
  ) {
    assertEquals((await roleAfter(groups)).status, 403, JSON.stringify(groups));
  }
});

Deno.test("an account is known by issuer and subject, never by its name", async (t) => {
  await using provider = await startProvider(PLACES);
  await using app = await startApp({ env: envOf(provider) });
  const root = await app.signIn("root", "admin");
  const attempt = async (subject: string, person: Record<string, unknown>) => {
    provider.people.set(subject, person);
    const { to, cookie } = await begin(app);
    const back = await provider.logIn(to, subject);
    const response = await app.fetch(back.pathname + back.search, { cookie });
    return { status: response.status, html: await response.text() };
  };
  const admins = ["portcullis-admin"];
  await t.step("a name of an account here", async () => {
    for (const name of ["root", "ROOT", "r00t"]) {
      const { status } = await attempt(`x${name}`, {
        preferred_username: name,
        groups: admins,
      });
      assertEquals(status, 403, name);
    }
  });
  await t.step("a name of another of the provider's", async () => {
    assertEquals((await attempt("1", MARIA)).status, 303);
    const { status, html } = await attempt("2", MARIA);
    assertEquals(status, 403);
    assertStringIncludes(html, "is called maria already");
  });
  await t.step(
    "a name that changed there is the same account here",
    async () => {
      const before = await findUserByName(app.services.accounts, "maria");
      provider.people.set("1", { ...MARIA, preferred_username: "mary" });
      const { session } = await logIn(app, provider, "1");
      const me = await (await app.fetch("/api/me", { cookie: session })).json();
      assertEquals([me.id, me.username], [before!.id, "maria"]);
    },
  );
  await t.step("a name that is missing, or none", async () => {
    for (
      const name of [undefined, "", 7, ["maria"], "a b", "<b>x</b>", "../x"]
    ) {
      const { status, html } = await attempt(`odd${name}`, {
        preferred_username: name,
      });
      assertEquals(status, 403, String(name));
      assert(!html.includes("<b>x"));
      assert(/no preferred_username|no account here can have/.test(html));
    }
  });
  await t.step("a password opens none of them", async () => {
    const response = await app.fetch("/login", {
      form: { username: "maria", password: PASSWORD },
    });
    assertEquals(response.status, 401);
    await response.body?.cancel();
  });
  await t.step(
    "disabled here, it stays out; deleted, it is a new one",
    async () => {
      const { accounts } = app.services;
      const { id } = (await findUserByName(accounts, "maria"))!;
      const change = async (path: string, form: Record<string, string>) => {
        const response = await app.fetch(path, { cookie: root.cookie, form });
        await response.body?.cancel();
        assertEquals(response.status, 303);
      };
      await change("/admin/users", { action: "disable", id });
      const { status, html } = await attempt("1", MARIA);
      assertEquals(status, 403);
      assertStringIncludes(html, "disabled here");
      await change(`/admin/users/${id}`, { action: "erase", confirm: "maria" });
      assertEquals((await attempt("1", MARIA)).status, 303);
      assert((await findUserByName(accounts, "maria"))!.id !== id);
    },
  );
});

Deno.test("logging out ends the session here and leads to the provider's logout", async () => {
  await using provider = await startProvider(PLACES);
  await using app = await startApp({ env: envOf(provider) });
  provider.people.set("1", MARIA);
  const { session } = await logIn(app, provider, "1");
  const posted = await app.fetch("/logout", { cookie: session, form: {} });
  assertEquals(posted.status, 303);
  assertEquals(posted.headers.get("location"), "/logout?done=provider");
  assertEquals(await statusOf(app, "/profile", session), 303);
  const page = await app.fetch("/logout?done=provider");
  await page.body?.cancel();
  const [, to] = /^0; url=(.+)$/.exec(page.headers.get("refresh")!)!;
  assert(to!.startsWith(`${provider.issuer}/session/end?`));
  const back = await provider.logOut(to!);
  assertEquals(back?.href, PLACES.afterLogout);
  // The provider requires a new login then.
  const again = await begin(app);
  const { status } = await fetch(again.to, { redirect: "manual" })
    .then(async (response) => {
      await response.body?.cancel();
      return response;
    });
  assertEquals(status, 303);
});

Deno.test("a provider that is down leaves local accounts, what it said before counts, and it comes back", async () => {
  const provider = await startProvider(PLACES);
  await using app = await startApp({ env: envOf(provider) });
  const root = await app.signIn("root", "admin");
  await provider.stop();
  const down = await app.fetch("/login/oidc?next=%2Fadmin");
  assertEquals(down.status, 503);
  assertEquals(down.headers.get("retry-after"), "5");
  const html = await down.text();
  assertStringIncludes(html, "Example SSO does not answer");
  assertStringIncludes(html, 'href="/login?next=%2Fadmin"');
  const login = await app.fetch("/login", {
    form: { username: "root", password: PASSWORD },
  });
  assertEquals(login.status, 303);
  await login.body?.cancel();
  assertEquals(await statusOf(app, "/logout?done=provider", ""), 200);
  assertEquals(await statusOf(app, "/admin", root.cookie), 200);
});

Deno.test("what a provider says of itself is asked for once an hour, and good for a day where it cannot be asked", async () => {
  let asked = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      asked++;
      const issuer = new URL(request.url).origin;
      return Response.json({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
      });
    },
  );
  const issuer = `http://127.0.0.1:${server.addr.port}`;
  await using app = await startApp({ env: envOf({ issuer }) });
  await Promise.all([begin(app), begin(app), begin(app)]);
  await begin(app);
  assertEquals(asked, 1);
  app.clock.now += 3_600_000;
  await begin(app);
  assertEquals(asked, 2);
  await server.shutdown();
  app.clock.now += 3_600_000;
  await begin(app);
  app.clock.now += 24 * 3_600_000;
  assertEquals(await statusOf(app, "/login/oidc", ""), 503);
});

for (const authMethod of ["client_secret_post", "none"] as const) {
  Deno.test(`a client that the provider knows by ${authMethod} logs in`, async () => {
    await using provider = await startProvider({ ...PLACES, authMethod });
    const env = envOf(provider);
    if (authMethod === "none") delete env.OIDC_CLIENT_SECRET;
    await using app = await startApp({ env });
    provider.people.set("1", MARIA);
    assertEquals((await logIn(app, provider, "1")).response.status, 303);
    assertEquals((await logIn(app, provider, "1")).response.status, 303);
  });
}

Deno.test("logins that one address may begin are limited, and only so many are kept", async () => {
  await using provider = await startProvider(PLACES);
  await using app = await startApp({ env: envOf(provider) });
  const statuses = new Map<number, number>();
  for (let i = 0; i < 65; i++) {
    const status = await statusOf(app, "/login/oidc", "");
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  assertEquals([...statuses], [[303, 60], [429, 5]]);
  const kept = await Array.fromAsync(
    app.services.kv.list({ prefix: keys.providerLoginsAll() }),
  );
  assertEquals(kept.length, 60);
});

Deno.test("without OIDC_ISSUER there is no such page", async () => {
  await using app = await startApp();
  for (const path of ["/login/oidc", "/login/oidc/callback?code=x&state=y"]) {
    assertEquals(await statusOf(app, path, ""), 404);
  }
});
