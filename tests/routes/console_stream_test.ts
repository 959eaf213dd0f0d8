import { assertEquals } from "@std/assert";
import { setRole } from "../../lib/accounts/change_user.ts";
import { listUsers } from "../../lib/accounts/users.ts";
import { startApp, type TestApp } from "../_app.ts";
import { EventReader } from "../_events.ts";
import { HOSTILE, log } from "./_console.ts";

const STREAM = "/api/requests/stream";

async function listen(
  app: TestApp,
  cookie: string,
  query = "",
  lastEventId?: string,
): Promise<EventReader> {
  const headers: Record<string, string> = lastEventId === undefined
    ? {}
    : { "last-event-id": lastEventId };
  const response = await app.fetch(STREAM + query, { cookie, headers });
  assertEquals(response.status, 200);
  assertEquals(
    response.headers.get("content-type"),
    "text/event-stream; charset=utf-8",
  );
  assertEquals(response.headers.get("x-content-type-options"), "nosniff");
  assertEquals(response.headers.get("cache-control"), "no-store");
  return new EventReader(response.body!);
}

const paths = (reader: EventReader) =>
  reader.items().map(({ path }: { path: string }) => path);

Deno.test("stream: is for admins", async () => {
  await using app = await startApp();
  const user = await app.signIn("ann");
  assertEquals((await app.fetch(STREAM)).status, 401);
  assertEquals((await app.fetch(STREAM, user)).status, 403);
  assertEquals(app.services.tail.size, 0);
});

Deno.test("stream: nonsense is 400, and HEAD opens nothing", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const bad = [{ query: "?ip=300.1.1.1" }, { query: "?after=x<y" }];
  for (const { query } of bad) {
    const response = await app.fetch(STREAM + query, { cookie });
    assertEquals(response.status, 400);
    await response.body?.cancel();
  }
  const head = await app.fetch(STREAM, { cookie, method: "HEAD" });
  assertEquals(head.status, 200);
  assertEquals(app.services.tail.size, 0);
});

Deno.test("stream: keeps to the filters, exclusions included", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const query = "?path=/a*&status=4xx";
  await using reader = await listen(app, cookie, query);
  await log(
    app,
    { path: "/a1", status: 404 },
    { path: "/a2", status: 200 },
    { path: "/b", status: 404 },
    { path: "/a3", status: 403 },
  );
  await reader.until(() => reader.items().length >= 2);
  assertEquals(paths(reader).toSorted(), ["/a1", "/a3"]);
});

Deno.test("stream: a client that comes back gets each record once", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const query = "?path=/n*";
  const seen: string[] = [];
  let lastEventId: string | undefined;
  for (let visit = 0; visit < 5; visit++) {
    await using reader = await listen(app, cookie, query, lastEventId);
    await reader.until((it) => it.lastEventId !== "");
    await log(app, { path: `/n${visit}a` }, { path: `/n${visit}b` });
    await reader.until(() => paths(reader).includes(`/n${visit}b`));
    lastEventId = reader.lastEventId;
    seen.push(...paths(reader));
    await reader[Symbol.asyncDispose]();
    // Nothing listens.
    await log(app, { path: `/n${visit}c` });
    app.clock.now += 7_000;
  }
  await using reader = await listen(app, cookie, query, lastEventId);
  await reader.until(() => reader.items().length >= 1);
  seen.push(...paths(reader));
  const expected = Array.from(
    { length: 5 },
    (_, visit) => ["a", "b", "c"].map((letter) => `/n${visit}${letter}`),
  ).flat();
  assertEquals(seen, expected);
});

Deno.test("stream: too many are told 503 as a problem, and to wait", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const readers = await Promise.all(
    Array.from({ length: 20 }, () => listen(app, cookie)),
  );
  const refused = await app.fetch(STREAM, { cookie });
  assertEquals(refused.status, 503);
  assertEquals(
    refused.headers.get("content-type"),
    "application/problem+json",
  );
  assertEquals(refused.headers.get("retry-after"), "10");
  await refused.body?.cancel();
  await readers[0]![Symbol.asyncDispose]();
  const again = await listen(app, cookie);
  for (const reader of [...readers, again]) {
    await reader[Symbol.asyncDispose]();
  }
  assertEquals(app.services.tail.size, 0);
});

Deno.test("stream: ends when the admin loses the role", async () => {
  await using app = await startApp();
  await app.signIn("other", "admin");
  const { cookie } = await app.signIn("root", "admin");
  await using reader = await listen(app, cookie);
  const { accounts } = app.services;
  const { items } = await listUsers(accounts, { limit: 10, cursor: null });
  const root = items.find(({ username }) => username === "root")!;
  await setRole(accounts, root.id, "user");
  await reader.until(({ isOver }) => isOver, 5_000);
  assertEquals(app.services.tail.size, 0);
});

Deno.test("stream: what visitors wrote stays data", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await using reader = await listen(app, cookie, "?method=PUT");
  const hostile = {
    path: `/${HOSTILE}\n\nevent: reset\ndata: {}\n\n`,
    user_agent: HOSTILE,
    referrer: HOSTILE,
    username: HOSTILE,
    city: HOSTILE,
  };
  await log(app, { ...hostile, method: "PUT" });
  await reader.until(() => reader.items().length === 1);
  const [item] = reader.items();
  for (const [name, text] of Object.entries(hostile)) {
    assertEquals(item[name], text);
  }
  assertEquals(reader.events.map(({ type }) => type), ["requests"]);
});
