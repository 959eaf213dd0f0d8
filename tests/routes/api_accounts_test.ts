import { assert, assertEquals } from "@std/assert";
import { startApp, type TestApp } from "../_app.ts";
import { assertProblem, json } from "./_api.ts";

const ANN = { username: "ann", password: "a pass phrase" };

async function stored(app: TestApp): Promise<string> {
  const rows = await Array.fromAsync(app.services.kv.list({ prefix: [] }));
  return rows.map(({ key, value }) =>
    Deno.inspect([key, value], {
      depth: 10,
      strAbbreviateSize: 100_000,
    })
  ).join();
}

Deno.test("API: signup answers 201 with a token that works, and stores neither it nor the password", async () => {
  await using app = await startApp();
  const { token, user } = await json(
    await app.fetch("/api/signup", { json: ANN }),
    201,
  );
  assertEquals([user.username, user.role], ["ann", "user"]);
  assert(!JSON.stringify(user).includes("hash"));
  const me = await json(await app.fetch("/api/me", { token }));
  assertEquals([me.username, me.role], ["ann", "user"]);
  const text = await stored(app);
  assert(!text.includes(token) && !text.includes(ANN.password));
});

Deno.test("API: signup refuses a taken name with 409, a bad name or weak password with 422", async () => {
  // The limit is checked before the body is read: a low one would hide these statuses.
  await using app = await startApp({ env: { SIGNUP_RATE: "100/h" } });
  await json(await app.fetch("/api/signup", { json: ANN }), 201);
  for (const username of ["ann", "ANN", "Ａｎｎ", " ann "]) {
    const again = { ...ANN, username };
    await assertProblem(await app.fetch("/api/signup", { json: again }), 409);
  }
  for (
    const credentials of [
      { username: "", password: "a pass phrase" },
      { username: "a b", password: "a pass phrase" },
      { username: "<b>", password: "a pass phrase" },
      { username: "x".repeat(65), password: "a pass phrase" },
      { username: "bob", password: "short" },
      { username: "bob", password: "password123" },
      { username: "bobbobbob", password: "BobBobBob" },
      { username: "bob", password: "x".repeat(1_025) },
    ]
  ) {
    const response = await app.fetch("/api/signup", { json: credentials });
    const detail = await assertProblem(response, 422);
    assert(detail.length > 10);
  }
});

Deno.test("API: signup is limited by SIGNUP_RATE per address", async () => {
  await using app = await startApp({ env: { SIGNUP_RATE: "2/h" } });
  for (const n of [1, 2, 3]) {
    const response = await app.fetch("/api/signup", {
      json: { ...ANN, username: `ann${n}` },
    });
    assertEquals(
      response.headers.get("ratelimit-policy"),
      '"signup";q=2;w=3600',
    );
    if (n < 3) await json(response, 201);
    else {
      assertEquals(response.headers.get("retry-after"), "3600");
      assertEquals(response.headers.get("ratelimit"), '"signup";r=0;t=3600');
      await assertProblem(response, 429);
    }
  }
  const elsewhere = await app.fetch("/api/signup", {
    json: { ...ANN, username: "bob" },
    peer: "198.51.100.8",
  });
  await json(elsewhere, 201);
  app.clock.now += 3_600_001;
  await json(await app.fetch("/api/signup", { json: ANN }), 201);
});

Deno.test("API: login answers 200 with a new token each time, shown nowhere else", async () => {
  await using app = await startApp();
  await json(await app.fetch("/api/signup", { json: ANN }), 201);
  const first = await json(await app.fetch("/api/login", { json: ANN }));
  const second = await json(
    await app.fetch("/api/login", { json: { ...ANN, username: "ANN " } }),
  );
  assertEquals(first.user.username, "ann");
  assert(first.token !== second.token);
  assert(first.token.length >= 43);
  for (const path of ["/api/me", "/profile"]) {
    const seen = await app.fetch(path, { token: first.token });
    const text = await seen.text();
    assertEquals(seen.status, 200);
    assert(!text.includes(first.token) && !text.includes(second.token));
  }
});

Deno.test("API: a wrong password, an unknown name and a disabled user get the same 401", async () => {
  await using app = await startApp({ env: { LOGIN_RATE_ANONYMOUS: "100/m" } });
  await json(await app.fetch("/api/signup", { json: ANN }), 201);
  const answers = new Set<string>();
  for (
    const credentials of [
      { username: "ann", password: "another pass phrase" },
      { username: "ann", password: "a pass phrase " },
      { username: "ann", password: "A pass phrase" },
      { username: "nobody", password: "a pass phrase" },
      { username: "", password: "" },
      { username: "\x00", password: "x".repeat(1_025) },
      { username: "x".repeat(8_192), password: "a pass phrase" },
    ]
  ) {
    const response = await app.fetch("/api/login", { json: credentials });
    assertEquals(response.headers.get("www-authenticate"), "Bearer");
    answers.add(await assertProblem(response, 401));
  }
  assertEquals(answers.size, 1);
});

Deno.test("API: a login over the limit is 429 with Retry-After, until the window moves on", async () => {
  await using app = await startApp();
  const wrong = { ...ANN, password: "another pass phrase" };
  for (let n = 0; n < 5; n++) {
    app.clock.now += 1_000;
    const response = await app.fetch("/api/login", { json: wrong });
    assertEquals(
      response.headers.get("ratelimit"),
      `"login";r=${4 - n};t=${60 - n}`,
    );
    await assertProblem(response, 401);
  }
  const limited = await app.fetch("/api/login", { json: wrong });
  assertEquals(limited.headers.get("retry-after"), "56");
  assertEquals(limited.headers.get("ratelimit"), '"login";r=0;t=56');
  assertEquals(limited.headers.get("ratelimit-policy"), '"login";q=5;w=60');
  const detail = await assertProblem(limited, 429);
  assert(detail.includes("56 seconds"), detail);
  // Reading the page does not use up the budget, and the API's logins count with the page's.
  assertEquals((await app.fetch("/login")).status, 200);
  const form = await app.fetch("/login", { form: wrong });
  assertEquals(form.status, 429);
  app.clock.now += 56_001;
  await assertProblem(await app.fetch("/api/login", { json: wrong }), 401);
  await assertProblem(await app.fetch("/api/login", { json: wrong }), 429);
});

Deno.test("API: after logout the token is dead, and only that one", async () => {
  await using app = await startApp();
  const { token: first } = await json(
    await app.fetch("/api/signup", { json: ANN }),
    201,
  );
  const { token: second } = await json(
    await app.fetch("/api/login", { json: ANN }),
  );
  const out = await app.fetch("/api/logout", { method: "POST", token: first });
  assertEquals([out.status, await out.text()], [204, ""]);
  await assertProblem(await app.fetch("/api/me", { token: first }), 401);
  const again = { method: "POST", token: first };
  await assertProblem(await app.fetch("/api/logout", again), 401);
  await json(await app.fetch("/api/me", { token: second }));
});

Deno.test("API: a session cookie serves as well as a token, and logout ends it", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("ann");
  const me = await json(await app.fetch("/api/me", { cookie }));
  assertEquals(me.username, "ann");
  const out = await app.fetch("/api/logout", {
    method: "POST",
    cookie,
    headers: { "sec-fetch-site": "same-origin" },
  });
  assertEquals(out.status, 204);
  assert(out.headers.get("set-cookie")?.startsWith("portcullis=;"));
  await assertProblem(await app.fetch("/api/me", { cookie }), 401);
});

Deno.test("API: the token of a user who is disabled is dead at once", async () => {
  await using app = await startApp();
  const admin = await app.signIn("root", "admin");
  const { token, user } = await json(
    await app.fetch("/api/signup", { json: ANN }),
    201,
  );
  const disabled = await app.fetch("/admin/users", {
    cookie: admin.cookie,
    form: { action: "disable", id: user.id },
  });
  assertEquals(disabled.status, 303);
  await assertProblem(await app.fetch("/api/me", { token }), 401);
});
