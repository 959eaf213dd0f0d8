/**
 * docs/openapi.json matches the API: every call in it is made as documented, every response is
 * validated against its schema, every documented error is provoked, and nothing is missing.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { GeoError } from "../../lib/geo/geo_error.ts";
import { EXCEPT_NAMES, FILTER_NAMES } from "../../lib/log/request_filter.ts";
import { titleOf } from "../../lib/http/problem.ts";
import { startApp, type TestApp, type TestRequest } from "../_app.ts";
import { breakableKv } from "../_breakable_kv.ts";
import { EventReader } from "../_events.ts";
import { resolve, type Schema, violations } from "../_json_schema.ts";
import { applyPolicy } from "../../lib/policy/policy_store.ts";
import { record, store } from "../routes/_api.ts";

interface Parameter {
  name: string;
  in: "query" | "path" | "header";
  schema: Schema;
  example?: unknown;
  required?: boolean;
}

interface Answer {
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: Schema }>;
}

interface Operation {
  operationId: string;
  summary: string;
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: {
    required: boolean;
    content: {
      "application/json": {
        schema: Schema & { properties: Record<string, Schema> };
        example: Record<string, unknown>;
      };
    };
  };
  responses: Record<string, Answer>;
}

interface Call extends Operation {
  method: string;
  path: string;
}

const FILE = new URL("../../docs/openapi.json", import.meta.url);
const DOCUMENT = JSON.parse(await Deno.readTextFile(FILE));
const CALLS = callsOf(DOCUMENT);
/** Proxies call it, and get the response for the original request: it has a test of its own. */
const DECIDE = CALLS.find(({ operationId }) => operationId === "decide")!;
const ASKED = CALLS.filter((call) => call !== DECIDE);
const API = ASKED.filter(({ path }) => path.startsWith("/api/"));

const ADMIN_IP = "198.51.100.7";
const STRANGER_IP = "203.0.113.77";
const BLOCKED_IP = "203.0.113.66";
const HOUR = 3_600_000;

function callsOf(document: {
  paths: Record<string, Record<string, Operation>>;
}): Call[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      parameters: operation.parameters?.map(resolved),
      responses: Object.fromEntries(
        Object.entries(operation.responses)
          .map(([status, answer]) => [status, resolved(answer)]),
      ),
    }))
  );
}

function resolved<T>(each: T): T {
  const { $ref } = each as { $ref?: string };
  return $ref === undefined ? each : resolve<T>($ref, DOCUMENT);
}

/** An app with data for all calls of the document. */
async function prepare(env: Record<string, string> = {}) {
  const breakable = breakableKv(await Deno.openKv(":memory:"));
  const app = await startApp({
    kv: breakable.kv,
    resolver: {
      reverse: () => Promise.resolve([]),
      forward: () => Promise.resolve(["198.51.100.202"]),
    },
    env: { SIGNUP_RATE: "1000/h", GEO_RATE: "1000/m", ...env },
    fetchList: () =>
      Promise.resolve({
        kind: "list",
        body: new TextEncoder().encode("1.10.16.0/20 ; SBL256894\n"),
        etag: null,
        last_modified: null,
      }),
  });
  const admin = await app.signIn("root", "admin");
  const user = await app.signIn("ann");
  const begin = app.clock.now - HOUR + 1_000;
  await store(
    app,
    Array.from({ length: 120 }, (_, n) =>
      record({
        timestamp: begin + n * 1_000,
        country_code: n % 2 ? "DE" : null,
        city: n % 2 ? "Köln" : null,
        username: n === 5 ? "ann" : null,
        referrer: n === 7 ? "https://example.org/" : null,
        ...n % 3 === 0
          ? { path: "/wp-login.php", status: 404, method: "POST" }
          : {},
      })),
  );
  const { token } = admin;
  await app.fetch("/api/detect", { token, json: {} });
  await app.fetch("/api/blocked", {
    token,
    json: { ip: BLOCKED_IP, reason: "scans" },
  });
  for (const ip of ["198.51.100.200", "198.51.100.201"]) {
    await app.fetch("/api/safelist", {
      token,
      json: { ip, reason: "the office", for: "7d" },
    });
  }
  await app.fetch("/api/safelist", {
    token,
    json: { ip: "office.example" },
  });
  await app.fetch("/api/feeds", {
    token,
    json: { name: "attackers", url: "https://lists.example/attackers" },
  });
  await app.fetch("/api/policy", {
    token,
    method: "PUT",
    json: {
      rules: [{ name: "searches", limit: "1/h", when: { path: "/search" } }],
    },
  });
  for (let n = 0; n < 2; n++) {
    const peer = "203.0.113.9";
    await (await app.fetch("/search", { peer })).body?.cancel();
  }
  for (const peer of ["192.0.2.66", "198.51.100.66"]) {
    const path = peer === "192.0.2.66" ? "/.env" : "/id_rsa";
    await (await app.fetch(path, { peer })).body?.cancel();
  }
  app.clock.now += 1;
  await app.fetch("/api/detect", { token, json: {} });
  const attacks = await app.fetch("/api/incidents", { token });
  const incident: string = (await attacks.json()).items[0].id;
  const found = await app.fetch("/api/suspicious", { token });
  const finding: string = (await found.json()).items[0].id;
  app.services.geo.locate = (ip) => {
    if (ip === "banana") {
      return Promise.reject(new GeoError("invalid", "Cannot locate banana"));
    }
    return Promise.resolve({
      country: "Germany",
      country_code: "DE",
      city: null,
      latitude: 51.5,
      longitude: 9.5,
      source: "embedded",
    });
  };
  return {
    app,
    admin,
    user,
    breakable,
    finding,
    incident,
    async [Symbol.asyncDispose]() {
      breakable.mode = "ok";
      await app[Symbol.asyncDispose]();
      breakable.kv.close();
    },
  };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** A call as in the document's example, by an admin from an allowed address. */
function asDocumented(
  { method, path, parameters = [], requestBody }: Call,
  { admin, finding, incident }: Prepared,
): [path: string, request: TestRequest] {
  let to = path;
  for (const parameter of parameters) {
    if (parameter.in !== "path") continue;
    const own = path.startsWith("/api/incidents/") ? incident : finding;
    const value = String(parameter.example ?? own);
    to = to.replace(`{${parameter.name}}`, encodeURIComponent(value));
  }
  return [to, {
    method,
    token: admin.token,
    peer: ADMIN_IP,
    json: requestBody?.content["application/json"].example,
  }];
}

/** Validates a response against the document's schema for its status; resolves to its body. */
async function assertDocumented(
  call: Call,
  response: Response,
): Promise<unknown> {
  const { status, headers } = response;
  const type = headers.get("content-type")?.split(";")[0];
  const answer = call.responses[status];
  if (type === "text/event-stream") await response.body?.cancel();
  const text = type === "text/event-stream" ? "" : await response.text();
  assert(answer, `${call.method} ${call.path}: ${status} ${text}`);
  for (const name of Object.keys(answer.headers ?? {})) {
    assert(headers.has(name), `${call.method} ${call.path}: no ${name}`);
  }
  if (answer.content === undefined) {
    assertEquals([text, type], ["", undefined]);
    return;
  }
  assertEquals([type], Object.keys(answer.content));
  if (!type?.endsWith("json")) return text;
  const value = JSON.parse(text);
  const { schema } = answer.content[type]!;
  assertEquals(violations(value, schema, DOCUMENT), [], text);
  if (status >= 400 && type === "application/problem+json") {
    assertEquals([value.status, value.title], [status, titleOf(status)]);
  }
  return value;
}

Deno.test("openapi: the document is whole: references, names and path parameters", () => {
  const seen = new Set<string>();
  (function walk(value: unknown, at: string) {
    if (typeof value !== "object" || value === null) return;
    for (const [name, each] of Object.entries(value)) {
      if (name === "$ref") {
        resolve(each, DOCUMENT);
        seen.add(each);
      } else walk(each, `${at}/${name}`);
    }
    const { type, properties, additionalProperties } = value as Schema;
    const isAnswer = at.startsWith("#/components/schemas");
    if (isAnswer && [type].flat().includes("object") && properties) {
      assertEquals(additionalProperties, false, at);
    }
  })(DOCUMENT, "#");
  assertMatch(DOCUMENT.openapi, /^3\.1\.\d$/);
  const ids = CALLS.map(({ operationId }) => operationId);
  assertEquals(ids.length, new Set(ids).size);
  for (const { path, parameters = [], summary } of CALLS) {
    const named = [...path.matchAll(/{(\w+)}/g)].map(([, name]) => name);
    const given = parameters.filter((each) => each.in === "path");
    assertEquals(given.map(({ name }) => name), named as string[]);
    assert(given.every(({ required }) => required));
    assert(summary);
  }
  for (const [kind, parts] of Object.entries(DOCUMENT.components)) {
    if (kind === "securitySchemes") continue;
    for (const name of Object.keys(parts as Record<string, unknown>)) {
      const isUsed = seen.has(`#/components/${kind}/${name}`);
      assert(isUsed || name === "StreamedRequests", `${kind}/${name}`);
    }
  }
});

Deno.test("openapi: what holds answers against the document lets nothing pass", () => {
  const user = { id: "1", username: "a", role: "user", is_active: true };
  const created_at = "2026-01-05T12:00:00.000Z";
  const cases: [value: unknown, schema: string, isRight: boolean][] = [
    [{ ...user, created_at }, "User", true],
    [user, "User", false],
    [{ ...user, created_at, password_hash: "x" }, "User", false],
    [{ ...user, created_at: "today" }, "User", false],
    [{ ...user, created_at, role: "owner" }, "User", false],
    [{ ...user, created_at, is_active: 1 }, "User", false],
    [[{ ...user, created_at }], "User", false],
    [null, "User", false],
    [{ items: [], cursor: null }, "RequestPage", true],
    [{ items: [{}], cursor: null }, "RequestPage", false],
    [{ items: [], cursor: 1 }, "RequestPage", false],
    [{ items: {}, cursor: null }, "RequestPage", false],
  ];
  for (const [value, name, isRight] of cases) {
    const schema = { $ref: `#/components/schemas/${name}` };
    const found = violations(value, schema, DOCUMENT);
    assertEquals(found.length === 0, isRight, JSON.stringify(value));
  }
});

async function* routesUnder(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* routesUnder(new URL(`${name}/`, folder));
    else if (!name.startsWith("_")) yield new URL(name, folder);
  }
}

Deno.test("openapi: every route of the API is in it with its methods, and no other", async () => {
  const root = new URL("../../routes/", import.meta.url);
  const files = [
    new URL("healthz.ts", root),
    new URL("metrics.ts", root),
    ...await Array.fromAsync(routesUnder(new URL("api/", root))),
  ];
  const served: string[] = ["GET /api/decide"];
  for (const file of files) {
    const { handler } = await import(file.href);
    const path = decodeURIComponent(file.href.slice(root.href.length))
      .replace(/\.tsx?$/, "")
      .split("/")
      .filter((part) => !/^\(.*\)$/.test(part) && part !== "index")
      .map((part) => part.replace(/^\[(?:\.\.\.)?(\w+)]$/, "{$1}"))
      .join("/");
    for (const method of Object.keys(handler)) {
      served.push(`${method} /${path}`);
    }
  }
  const documented = CALLS.map(({ method, path }) => `${method} ${path}`);
  assertEquals(documented.toSorted(), served.toSorted());
});

Deno.test("openapi: each call, made as documented, answers as documented", async (t) => {
  for (const call of ASKED) {
    await t.step(`${call.method} ${call.path}`, async () => {
      await using prepared = await prepare();
      const { app, admin } = prepared;
      // So that there is something to undo, and no field is always null.
      await app.fetch("/api/blocked", {
        token: admin.token,
        json: { ip: "203.0.113.9", for: "1h" },
      });
      if (call.operationId === "block") {
        await app.fetch("/api/blocked/203.0.113.9", {
          method: "DELETE",
          token: admin.token,
        });
      }
      const response = await app.fetch(...asDocumented(call, prepared));
      assert(response.ok, `${response.status}`);
      const body = await assertDocumented(call, response);
      const { items } = (body ?? {}) as { items?: unknown[] };
      if (items) assert(items.length > 0);
    });
  }
});

Deno.test("openapi: each documented parameter is taken, and its values are what is said", async (t) => {
  await using prepared = await prepare();
  const { app, admin: { token } } = prepared;
  for (const call of CALLS) {
    for (const { name, in: where, example, schema } of call.parameters ?? []) {
      if (where !== "query" || example === undefined) continue;
      await t.step(`${call.path} ${name}`, async () => {
        assertEquals(violations(example, schema, DOCUMENT), []);
        for (const value of schema.enum ?? [example].flat()) {
          const query = new URLSearchParams([[name, String(value)]]);
          // A range of its own, as the default ends at the clock's time.
          if (name === "since") query.set("until", "2026-01-05T12:00:00Z");
          const path = `${call.path}?${query}`;
          const response = await app.fetch(path, { token });
          assertEquals(response.status, 200);
          await assertDocumented(call, response);
        }
      });
    }
  }
  const { parameters = [] } = CALLS.find(({ operationId }) =>
    operationId === "listRequests"
  )!;
  const names = parameters.map(({ name }) => name);
  for (const name of FILTER_NAMES) assert(names.includes(name), name);
  for (const name of EXCEPT_NAMES) assert(names.includes(`${name}!`), name);
});

Deno.test("openapi: a page's cursor leads to the next", async () => {
  await using prepared = await prepare();
  const { app, admin: { token } } = prepared;
  for (const call of CALLS) {
    const hasCursor = call.parameters?.some(({ name }) => name === "cursor");
    if (!hasCursor) continue;
    for (const ip of ["192.0.2.1", "192.0.2.2"]) {
      await app.fetch("/api/blocked", { token, json: { ip } });
    }
    let query = "?limit=1";
    const pages: string[] = [];
    for (let n = 0; n < 2; n++) {
      const response = await app.fetch(call.path + query, { token });
      const page = await assertDocumented(call, response) as {
        items: unknown[];
        cursor: string;
      };
      assertEquals(page.items.length, 1);
      pages.push(JSON.stringify(page.items));
      query = `?limit=1&cursor=${encodeURIComponent(page.cursor)}`;
    }
    assert(pages[0] !== pages[1], call.path);
  }
});

Deno.test("openapi: an event of the stream holds what is said", async () => {
  await using prepared = await prepare();
  const { app, admin: { token } } = prepared;
  const path = "/api/requests/stream?ip!=192.0.2.1";
  const response = await app.fetch(path, { token });
  await using reader = new EventReader(response.body!);
  await store(app, [
    record({ timestamp: app.clock.now, ip_address: "192.0.2.1" }),
    record({ timestamp: app.clock.now, ip_address: "192.0.2.2" }),
  ]);
  const isThere = () =>
    reader.items().some(({ ip_address }) => ip_address === "192.0.2.2");
  await reader.until(isThere);
  assert(!reader.items().some(({ ip_address }) => ip_address === "192.0.2.1"));
  const schema = { $ref: "#/components/schemas/StreamedRequests" };
  for (const { type, data } of reader.events) {
    assertEquals(type, "requests");
    assertEquals(violations(JSON.parse(data), schema, DOCUMENT), []);
  }
});

Deno.test("openapi: a field of a body that is missing or of another type is 422", async () => {
  await using prepared = await prepare();
  const { app } = prepared;
  for (const call of API) {
    if (!call.requestBody) continue;
    const { schema, example } = call.requestBody.content["application/json"];
    assertEquals(violations(example, schema, DOCUMENT), []);
    const [path, request] = asDocumented(call, prepared);
    const wrong: unknown[] = (schema.required ?? []).map((name) =>
      Object.fromEntries(
        Object.entries(example).filter(([other]) => other !== name),
      )
    );
    for (const name of Object.keys(schema.properties)) {
      const isList = schema.properties[name]!.type === "array";
      wrong.push({ ...example, [name]: isList ? {} : [] });
    }
    for (const json of wrong) {
      const response = await app.fetch(path, { ...request, json });
      assertEquals(response.status, 422, JSON.stringify(json));
      await assertDocumented(call, response);
    }
  }
});

type Provoke = (call: Call, prepared: Prepared) => Promise<Response>;

function send(
  call: Call,
  prepared: Prepared,
  change: TestRequest = {},
  path?: string,
): Promise<Response> {
  const [to, request] = asDocumented(call, prepared);
  return prepared.app.fetch(path ?? to, { ...request, ...change });
}

async function overAndOver(app: TestApp, path: string, request: TestRequest) {
  for (let n = 0; n < 60; n++) {
    const response = await app.fetch(path, request);
    if (response.status === 429) return response;
    await response.body?.cancel();
  }
  throw new Error(`${path}: no limit`);
}

const asJson = { "content-type": "application/json" };

/** Requests that the current state does not allow. */
const CONFLICTS: Record<string, unknown> = {
  // The operator of those addresses is unknown.
  decideIncident: { decision: "refuse_operator" },
  signup: { username: "Ann", password: "a pass phrase of hers" },
  block: { ip: ADMIN_IP },
  addFeed: { name: "attackers", url: "https://lists.example/again" },
};

/** How to provoke each error, by its status. */
const PROVOKE: Record<string, Provoke> = {
  400: (call, prepared) =>
    call.requestBody
      ? send(call, prepared, { json: undefined, headers: asJson, body: "{" })
      : send(call, prepared, {}, `${call.path}?limit=0&active=perhaps&ip=x`),
  401: (call, prepared) =>
    call.operationId === "login"
      ? send(call, prepared, {
        json: { username: "ann", password: "a wrong password" },
        token: undefined,
      })
      : send(call, prepared, { token: undefined }),
  403: (call, prepared) => send(call, prepared, { peer: BLOCKED_IP }),
  404: (call, prepared) =>
    send(
      call,
      prepared,
      {},
      call.path.replace("{ip}", "192.0.2.9").replace("{id}", "0".repeat(16))
        .replace("{name}", "nobodys").replace("{subject}", "192.0.2.9")
        .replace("{entry}", "192.0.2.9"),
    ),
  409: async (call, prepared) => {
    if (call.operationId === "changeFeed") {
      const json = { action: "discard" };
      await (await send(call, prepared, { json })).body?.cancel();
      return await send(call, prepared, { json });
    }
    if (call.operationId === "putPolicy") {
      // As in a process with a file of rules.
      const { policy } = prepared.app.services;
      Object.defineProperty(policy, "source", {
        value: { kind: "file", file: "./portcullis.jsonc" },
        configurable: true,
      });
      const refused = await send(call, prepared);
      delete (policy as { source?: unknown }).source;
      return refused;
    }
    if (call.operationId === "disallow") {
      // An address of the host name.
      const path = call.path.replace("{entry}", "198.51.100.202");
      return await send(call, prepared, {}, path);
    }
    return await send(call, prepared, {
      json: CONFLICTS[call.operationId],
    });
  },
  413: (call, prepared) =>
    send(call, prepared, {
      json: undefined,
      headers: asJson,
      body: JSON.stringify({ x: "x".repeat(65_536) }),
    }),
  415: (call, prepared) =>
    send(call, prepared, {
      json: undefined,
      headers: { "content-type": "text/plain" },
      body: "{}",
    }),
  422: (call, prepared) =>
    call.requestBody ? send(call, prepared, { json: ["banana"] }) : send(
      call,
      prepared,
      {},
      call.path.replace("{ip}", "banana").replace("{entry}", "no%20name"),
    ),
  429: (call, prepared) => {
    const [path, request] = asDocumented(call, prepared);
    if (call.operationId === "changePassword") {
      const json = { current: "a wrong password", next: "a new pass phrase" };
      return overAndOver(prepared.app, path, { ...request, json });
    }
    // A second sign-up with one name is refused, and counts.
    return overAndOver(prepared.app, path, { ...request, token: undefined });
  },
  502: (call, prepared) => {
    prepared.app.services.geo.locate = () =>
      Promise.reject(new GeoError("unavailable", "Cannot locate"));
    return send(call, prepared);
  },
  503: (call, prepared) => {
    prepared.breakable.mode = "throw";
    return send(call, prepared);
  },
  504: (call, prepared) => {
    prepared.app.services.geo.locate = () =>
      Promise.reject(new GeoError("timeout", "Cannot locate: no answer"));
    return send(call, prepared);
  },
};

Deno.test("openapi: each documented error is answered as documented", async (t) => {
  // Store failures are written to standard error.
  const { error } = console;
  console.error = () => {};
  try {
    await using usual = await prepare();
    await using broken = await prepare();
    for (const call of ASKED) {
      await t.step(`${call.method} ${call.path}`, async () => {
        await using limited = call.responses[429]
          ? await prepare({ SIGNUP_RATE: "5/h", GEO_RATE: "5/m" })
          : null;
        for (const status of Object.keys(call.responses)) {
          if (Number(status) < 400) continue;
          const prepared = status === "503"
            ? broken
            : status === "429"
            ? limited!
            : usual;
          const provoke = PROVOKE[status];
          assert(provoke, `${call.path}: ${status} has to be provoked`);
          const response = await provoke(call, prepared);
          const why = `${call.method} ${call.path}`;
          assertEquals(`${response.status}`, status, why);
          if (call.path.startsWith("/api/")) {
            const type = response.headers.get("content-type");
            assertEquals(type, "application/problem+json");
          }
          await assertDocumented(call, response);
        }
      });
    }
  } finally {
    console.error = error;
  }
});

Deno.test("openapi: what a call needs is what is said: a token, a role, a body", async () => {
  await using prepared = await prepare();
  const { app, user } = prepared;
  for (const call of API) {
    const stranger = { token: undefined, peer: STRANGER_IP };
    if (call.security?.length === 0) {
      assert(call.responses[403], call.path);
      continue;
    }
    const unknown = await send(call, prepared, stranger);
    assertEquals(unknown.status, 401, call.path);
    await assertDocumented(call, unknown);
    const isForUsers = ["me", "logout", "changePassword", "myData"]
      .includes(call.operationId);
    if (!isForUsers) {
      const refused = await send(call, prepared, { token: user.token });
      assertEquals(refused.status, 403, call.path);
      await assertDocumented(call, refused);
      const foreign = { "sec-fetch-site": "cross-site" };
      if (call.method !== "GET") {
        const forged = await send(call, prepared, { headers: foreign });
        assertEquals(forged.status, 403, call.path);
        await assertDocumented(call, forged);
      }
    }
    if (call.requestBody) {
      for (const status of [400, 413, 415, 422]) {
        assert(call.responses[status], `${call.path} ${status}`);
      }
    }
  }
  // The cookie works as well as the token.
  const me = await app.fetch("/api/me", { cookie: user.cookie });
  assertEquals((await me.json()).username, "ann");
});

Deno.test("openapi: what proxies that ask are answered is what is said", async (t) => {
  const breakable = breakableKv(await Deno.openKv(":memory:"));
  await using app = await startApp({
    kv: breakable.kv,
    env: { TRUSTED_PROXIES: ADMIN_IP },
  });
  await applyPolicy(app.services.kv, {
    rules: [
      { name: "php", refuse: true, when: { path: "*.php" } },
      { name: "asked", challenge: true, when: { path: "/asked" } },
      { name: "few", limit: "1/h", when: { path: "/few" } },
      { name: "exact", limit: "1/h", exact: true, when: { path: "/exact" } },
    ],
    by: "test",
    now: app.clock.now,
  });
  await app.services.policy.poll();
  const example = DECIDE.parameters!.find(({ name }) =>
    name === "X-Original-URL"
  )!.example as string;
  const cases: [status: number, target: string | null][] = [
    [204, example],
    [400, null],
    [401, "/asked"],
    [403, "/a.php"],
    [204, "/few"],
    [429, "/few"],
    [503, "/exact"],
  ];
  const { error } = console;
  console.error = () => {};
  try {
    for (const [status, target] of cases) {
      await t.step(`${status} for ${target}`, async () => {
        if (status === 503) breakable.mode = "throw";
        const response = await app.fetch(DECIDE.path, {
          peer: ADMIN_IP,
          headers: {
            "x-forwarded-for": "203.0.113.8",
            ...target !== null && { "x-original-url": target },
          },
        });
        assertEquals(response.status, status);
        await assertDocumented(DECIDE, response);
      });
    }
  } finally {
    breakable.mode = "ok";
    console.error = error;
  }
  const told = new Set(cases.map(([status]) => `${status}`));
  assertEquals([...told].sort(), Object.keys(DECIDE.responses).sort());
  breakable.kv.close();
});
