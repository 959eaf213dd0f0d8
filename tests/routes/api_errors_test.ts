import { assert, assertEquals } from "@std/assert";
import { startApp } from "../_app.ts";
import { assertProblem } from "./_api.ts";

type Call = [method: string, path: string, json?: unknown];

const FOR_USERS: Call[] = [["GET", "/api/me"], ["POST", "/api/logout"]];
const FOR_ADMINS: Call[] = [
  ["GET", "/api/requests"],
  ["GET", "/api/blocked"],
  ["POST", "/api/blocked", { ip: "203.0.113.9" }],
  ["DELETE", "/api/blocked/203.0.113.9"],
  ["DELETE", "/api/blocked/203.0.113.0%2F24"],
  ["GET", "/api/suspicious"],
  ["PATCH", "/api/suspicious/0123456789abcdef", { is_active: false }],
  ["POST", "/api/detect", {}],
  ["GET", "/api/stats"],
];
const WITH_BODY: Call[] = [
  ["POST", "/api/signup", { username: "bob", password: "a pass phrase" }],
  ["POST", "/api/login", { username: "ann", password: "a pass phrase" }],
  ["POST", "/api/geo", { ip: "8.8.8.8" }],
  ["POST", "/api/blocked", { ip: "203.0.113.9" }],
  ["PATCH", "/api/suspicious/0123456789abcdef", { is_active: false }],
  ["POST", "/api/detect", {}],
];

Deno.test("API: a call that needs a user answers 401 to a stranger and to a token that is none", async (t) => {
  await using app = await startApp();
  for (const [method, path, json] of [...FOR_USERS, ...FOR_ADMINS]) {
    await t.step(`${method} ${path}`, async () => {
      for (const token of [undefined, "x", "A".repeat(43)]) {
        const response = await app.fetch(path, { method, json, token });
        assertEquals(response.headers.get("www-authenticate"), "Bearer");
        await assertProblem(response, 401);
      }
    });
  }
});

Deno.test("API: a call for admins answers 403 to another user, and changes nothing", async (t) => {
  await using app = await startApp();
  const { token, cookie } = await app.signIn("ann");
  for (const [method, path, json] of FOR_ADMINS) {
    await t.step(`${method} ${path}`, async () => {
      await assertProblem(await app.fetch(path, { method, json, token }), 403);
      await assertProblem(await app.fetch(path, { method, json, cookie }), 403);
    });
  }
  assertEquals(app.services.lists.sizes.blocked, 0);
});

Deno.test("API: a body that is not application/json is 415, and changes nothing", async (t) => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  for (const [method, path, json] of WITH_BODY) {
    for (
      const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "",
      ]
    ) {
      await t.step(`${method} ${path} as ${type || "nothing"}`, async () => {
        const headers: Record<string, string> = { "content-type": type };
        const response = await app.fetch(path, {
          method,
          token,
          headers,
          body: JSON.stringify(json),
        });
        await assertProblem(response, 415);
      });
    }
  }
  assertEquals(app.services.lists.sizes.blocked, 0);
});

Deno.test("API: application/json may carry a charset, in any case", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const response = await app.fetch("/api/blocked", {
    token,
    headers: { "content-type": "Application/JSON; charset=utf-8" },
    body: '{"ip":"203.0.113.9"}',
  });
  assertEquals(response.status, 201);
});

Deno.test("API: a body over 64 KiB is 413, one that is no JSON 400, one of another shape 422", async (t) => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const headers = { "content-type": "application/json" };
  for (const [method, path] of WITH_BODY) {
    await t.step(`${method} ${path}`, async () => {
      const send = (body: BodyInit) =>
        app.fetch(path, { method, token, headers, body });
      const large = JSON.stringify({ x: "x".repeat(65_536) });
      await assertProblem(await send(large), 413);
      for (const body of ["{", '{"ip":', "banana", "{}x"]) {
        await assertProblem(await send(body), 400);
      }
      await assertProblem(
        await send(new Uint8Array([0x22, 0xff, 0xfe, 0x22])),
        400,
      );
      const shapes = ["[]", "null", '"text"', "1"];
      if (path !== "/api/detect") shapes.push("{}");
      for (const body of shapes) await assertProblem(await send(body), 422);
    });
  }
});

Deno.test("API: fields of another type are 422 and named", async (t) => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const cases: [path: string, json: unknown, field: string][] = [
    ["/api/login", { username: 1, password: "x" }, "username"],
    ["/api/login", { username: "ann", password: null }, "password"],
    ["/api/login", { username: ["ann"], password: "x" }, "username"],
    ["/api/signup", { username: "ann" }, "password"],
    ["/api/geo", { ip: 134744072 }, "ip"],
    ["/api/blocked", { ip: ["203.0.113.9"] }, "ip"],
    ["/api/blocked", { ip: "203.0.113.9", reason: {} }, "reason"],
    ["/api/blocked", { ip: "203.0.113.9", for: 60 }, "for"],
    ["/api/blocked", { ip: "203.0.113.9", force: "yes" }, "force"],
    ["/api/blocked", { ip: "1".repeat(10_000) }, "ip"],
    ["/api/detect", { at: 5 }, "at"],
  ];
  for (const [path, json, field] of cases) {
    await t.step(`${path} ${JSON.stringify(json).slice(0, 60)}`, async () => {
      const detail = await assertProblem(
        await app.fetch(path, { json, token }),
        422,
      );
      assert(detail.includes(`"${field}"`), detail);
    });
  }
});

Deno.test("API: an unknown path is a problem of 404, whoever asks", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  for (
    const path of ["/api", "/api/", "/api/nothing", "/api/requests/1/2"]
  ) {
    await assertProblem(await app.fetch(path), 404);
    await assertProblem(await app.fetch(path, { token }), 404);
  }
});

Deno.test("API: a method that a call does not have is refused, and OPTIONS opens nothing to other sites", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  for (
    const [method, path] of [
      ["GET", "/api/login"],
      ["PUT", "/api/login"],
      ["DELETE", "/api/me"],
      ["PUT", "/api/blocked"],
      ["GET", "/api/blocked/203.0.113.9"],
      ["GET", "/api/detect"],
    ] as const
  ) {
    const { status } = await app.fetch(path, { method, token });
    assert(status === 404 || status === 405, `${method} ${path} ${status}`);
  }
  const preflight = await app.fetch("/api/blocked", {
    method: "OPTIONS",
    headers: {
      origin: "https://evil.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  });
  for (const [name] of preflight.headers) {
    assert(!name.startsWith("access-control-"), name);
  }
});

Deno.test("API: HEAD answers as GET does, without the body", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  for (const path of ["/api/me", "/api/requests", "/api/stats"]) {
    const response = await app.fetch(path, { method: "HEAD", token });
    assertEquals(response.status, 200);
    assertEquals(await response.text(), "");
    await app.fetch(path, { method: "HEAD" }).then(async (refused) => {
      assertEquals([refused.status, await refused.text()], [401, ""]);
    });
  }
});

Deno.test("API: another site's page cannot use a cookie, even where it could send JSON", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  for (
    const headers of [
      { origin: "https://evil.example" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site", origin: "https://sub.example" },
    ]
  ) {
    const response = await app.fetch("/api/blocked", {
      cookie,
      headers: headers as Record<string, string>,
      json: { ip: "203.0.113.9" },
    });
    await assertProblem(response, 403);
  }
  assertEquals(app.services.lists.sizes.blocked, 0);
  const ours = await app.fetch("/api/blocked", {
    cookie,
    headers: { "sec-fetch-site": "same-origin" },
    json: { ip: "203.0.113.9" },
  });
  assertEquals(ours.status, 201);
});

Deno.test("API: an error of ours is 500 and says nothing of its cause", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  app.services.detect = () => Promise.reject(new Error("a secret cause"));
  const { error } = console;
  console.error = () => {};
  try {
    const response = await app.fetch("/api/detect", { json: {}, token });
    const text = await response.clone().text();
    await assertProblem(response, 500);
    assert(!text.includes("secret"), text);
  } finally {
    console.error = error;
  }
});
