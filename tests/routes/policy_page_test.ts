import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";
import { waitFor } from "../_wait.ts";
import { CONDITION_NAMES } from "../../lib/policy/conditions/mod.ts";
import { addTemporaryRule } from "../../lib/policy/temporary.ts";
import { record, store } from "./_api.ts";

const DECLARATION = `{ "rules": [
  // Nobody here writes PHP.
  { "name": "no-php", "refuse": true, "when": { "path": "*.php" } }
] }`;

function rehearsedIn(html: string): string | undefined {
  return /name="rehearsed" value="([0-9a-f]{64})"/.exec(html)?.[1];
}

Deno.test("policy page: rules are rehearsed on the log, then applied, and undone from the audit trail", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await store(
    app,
    [1, 2, 3].map((n) => record({ path: `/${n}.php`, status: 404 })),
  );
  const post = async (form: Record<string, string>) => {
    const response = await app.fetch("/admin/policy", { form, cookie });
    return { response, html: await response.text() };
  };
  const empty = await app.fetch("/admin/policy", { cookie });
  assertEquals(empty.status, 200);
  const first = await empty.text();
  assertStringIncludes(first, "No rules have been applied yet.");
  assertStringIncludes(first, "LOGIN_RATE_ANONYMOUS");
  assertEquals(rehearsedIn(first), undefined);
  for (const name of CONDITION_NAMES) {
    assertStringIncludes(first, `<code>${name}</code>: `);
  }

  const form = { declaration: DECLARATION, since: "24h" };
  const early = await post({ ...form, action: "apply" });
  assertEquals(early.response.status, 409);
  assertStringIncludes(early.html, "has not been rehearsed");
  assertEquals(app.services.policy.declared, []);

  const tried = await post({ ...form, action: "rehearse" });
  assertEquals(tried.response.status, 200);
  const rehearsed = rehearsedIn(tried.html);
  assert(rehearsed);
  assertStringIncludes(tried.html, "203.0.113.9");

  // A text that differs from the rehearsed one is not applied.
  const other = DECLARATION.replace("*.php", "*");
  const swapped = await post({
    ...form,
    declaration: other,
    rehearsed,
    action: "apply",
  });
  assertEquals(swapped.response.status, 409);

  // A browser sends other line ends.
  const sent = DECLARATION.replaceAll("\n", "\r\n");
  const applied = await post({
    ...form,
    declaration: sent,
    rehearsed,
    action: "apply",
  });
  assertEquals(applied.response.status, 303);
  assertEquals(
    (await app.fetch("/index.php", { peer: "203.0.113.8" })).status,
    403,
  );
  const page = await (await app.fetch("/admin/policy?done=apply", { cookie }))
    .text();
  assertStringIncludes(page, "Version 1");
  assertStringIncludes(page, "no-php");
  const audit = await (await app.fetch("/admin/audit", { cookie })).text();
  assertStringIncludes(audit, "undo");
});

Deno.test("policy page: all that is wrong is named with its line, and nothing is applied", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const response = await app.fetch("/admin/policy", {
    cookie,
    form: {
      action: "rehearse",
      declaration: DECLARATION.replace('"path"', '"pth"'),
    },
  });
  assertEquals(response.status, 422);
  const html = await response.text();
  assertStringIncludes(html, "line 3, column");
  assertStringIncludes(html, "&quot;pth&quot;");
  assertEquals(app.services.policy.declared, []);
});

Deno.test("policy page: users without the role do not see it", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("ann");
  assertEquals((await app.fetch("/admin/policy", { cookie })).status, 403);
});

Deno.test("policy page: rules are sentences in the order in which they are asked, with what they did", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  const rules = [
    { name: "seen", track: true, when: { path: "/v1/*" } },
    { name: "no-php", refuse: true, when: { path: "*.php" } },
  ];
  const put = { rules };
  await app.fetch("/api/policy", { token, method: "PUT", json: put });
  for (const path of ["/v1/a", "/v1/b", "/x.php"]) {
    await (await app.fetch(path, { peer: "203.0.113.8" })).body?.cancel();
  }
  const html = await (await app.fetch("/admin/policy", { cookie })).text();
  const at = (text: string) => {
    assertStringIncludes(html, text);
    return html.indexOf(text);
  };
  assert(
    at("Refuses requests to *.php.") <
      at("Only counts requests to /v1/*."),
  );
  at('aria-label="2 in 7 days, at most 2 within 6 hours"');
  at('aria-label="1 in 7 days, at most 1 within 6 hours"');
  at(
    "Limits POST requests to /login or /api/login of anonymous clients to 5 a minute",
  );
  at("LOGIN_RATE_ANONYMOUS");
  at("?without=no-php#change");
});

Deno.test("policy page: what is proposed is rehearsed before anybody applies it", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  const rules = [{ name: "no-php", refuse: true, when: { path: "*.php" } }];
  const put = { rules };
  await app.fetch("/api/policy", { token, method: "PUT", json: put });
  await store(app, [
    record({ user_agent: "GPTBot/1.2", path: "/a" }),
    record({ user_agent: "GPTBot/1.2", path: "/b" }),
  ]);
  const see = async (query: string) => {
    const response = await app.fetch(`/admin/policy?${query}`, { cookie });
    return { status: response.status, html: await response.text() };
  };
  const refused = await see("bot=GPTBot&action=refuse");
  assertEquals(refused.status, 200);
  assertStringIncludes(refused.html, "bot-gptbot");
  assert(rehearsedIn(refused.html));
  const less = await see("without=no-php");
  assertEquals(less.status, 200);
  assert(!/<textarea[^>]*>[^<]*no-php/.test(less.html));
  for (
    const wrong of [
      ...["bot=GPTBot", "action=refuse", "bot=GPTBot&action=ban"],
      "bot=nobody&action=refuse",
    ]
  ) assertEquals((await see(wrong)).status, 400, wrong);
  assertEquals(app.services.policy.declared, rules);
});

Deno.test("policy page: paths that programs use are left out of a challenge by a click", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await store(
    app,
    [1, 2, 3, 4].map((n) =>
      record({ path: `/api/${n}`, user_agent: "okhttp/4.12.0", status: 200 })
    ),
  );
  const post = async (form: Record<string, string>) => {
    const response = await app.fetch("/admin/policy", { form, cookie });
    return { status: response.status, html: await response.text() };
  };
  const declaration = `{"rules":[{"name":"ask","challenge":true}]}`;
  const asked = await post({ action: "rehearse", declaration });
  assertStringIncludes(asked.html, 'value="ask /api/*"');
  const left = await post({ leave_out: "ask /api/*", declaration });
  assertEquals(left.status, 200);
  const text = /<textarea[^>]*>(.*?)<\/textarea>/s.exec(left.html)![1]!;
  assertStringIncludes(text.replaceAll("&quot;", '"'), '"path": ["/api/*"]');
  assert(!left.html.includes('value="ask /api/*"'));
  // An invented path matches no rule, and the error names its place.
  const wrong = await post({ leave_out: "ask api", declaration });
  assertEquals(wrong.status, 422);
});

Deno.test("policy page: an applied change is undone where one stands, unless it was replaced", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  const put = (name: string) =>
    app.fetch("/api/policy", {
      token,
      method: "PUT",
      json: { rules: [{ name, refuse: true, when: { path: "/x" } }] },
    });
  await put("a");
  await put("b");
  const page = await app.fetch("/admin/policy?done=apply", { cookie });
  const html = await page.text();
  const version = /name="version" value="(\d+)"/.exec(html)![1]!;
  const undo = async () =>
    (await app.fetch("/admin/policy", {
      cookie,
      form: { action: "undo", version },
    })).headers.get("location");
  assertEquals(await undo(), "/admin/policy?done=undo");
  const name = () => app.services.policy.rules[0]?.name;
  assertEquals(name(), "a");
  assertEquals(await undo(), "/admin/policy?done=replaced");
  assertEquals(name(), "a");
});

Deno.test("policy page: rules for a time stand beside the declared ones, until they end", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const { kv } = app.services;
  const { now } = app.clock;
  await addTemporaryRule(kv, {
    rule: { name: "rack-1", refuse: true, when: { asn: 64500 } } as never,
    until: now + 3_600_000,
    by: "maria",
    now,
  });
  const see = async () =>
    await (await app.fetch("/admin/policy", { cookie })).text();
  const html = await see();
  assertStringIncludes(html, "Temporary rules");
  assertStringIncludes(html, "Refuses requests from AS64500.");
  app.clock.now += 3_600_000;
  assert(!(await see()).includes("rack-1"));
});

Deno.test("policy page: a request over a limit of the environment is found by the limit's name", async () => {
  await using app = await startApp({ env: { SIGNUP_RATE: "1/h" } });
  const { cookie, token } = await app.signIn("root", "admin");
  const form = { username: "a", password: "nobody knows this one" };
  for (const path of ["/login", "/signup"]) {
    const statuses = [];
    for (let n = 0; n < 7; n++) {
      const answer = await app.fetch(path, { form, peer: "203.0.113.50" });
      await answer.body?.cancel();
      statuses.push(answer.status);
    }
    assertEquals(statuses.at(-1), 429);
  }
  const limitedAt = async (rule: string) => {
    const path = `/api/requests?outcome=limited&rule=${rule}`;
    const { items } = await (await app.fetch(path, { token })).json();
    return [...new Set(items.map(({ path }: { path: string }) => path))];
  };
  await waitFor(
    "the limited requests",
    async () => (await limitedAt("signup")).length > 0,
  );
  assertEquals(await limitedAt("login-anonymous"), ["/login"]);
  assertEquals(await limitedAt("signup"), ["/signup"]);
  const html = await (await app.fetch("/admin/policy", { cookie })).text();
  assertStringIncludes(html, "/admin/requests?rule=signup&amp;since=7d");
});
