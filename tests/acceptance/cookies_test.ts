/**
 * Two instances on one host keep separate cookies, and a cookie that cannot arrive is reported.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cookieScope } from "../../lib/http/cookie_scope.ts";
import { hostCookie } from "../../lib/http/host_cookie.ts";
import { startApp } from "../_app.ts";
import { startServer, type TestServer } from "../_server.ts";

const ENV = { ADMIN_USERNAME: "root", ADMIN_PASSWORD: "a long password" };

/** A browser's cookie jar: by name only, as all ports of a host share it. */
type Jar = Map<string, string>;

async function browse(
  { origin }: TestServer,
  jar: Jar,
  path: string,
  form?: Record<string, string>,
): Promise<Response> {
  const response = await fetch(origin + path, {
    method: form ? "POST" : "GET",
    body: form && new URLSearchParams(form),
    redirect: "manual",
    headers: {
      origin,
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
    },
  });
  for (const field of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(field)!;
    if (value === "") jar.delete(name!);
    else jar.set(name!, value!);
  }
  await response.body?.cancel();
  return response;
}

Deno.test("Two instances on one host with two ports do not log each other out", async () => {
  await using one = await startServer({ env: ENV });
  await using two = await startServer({ env: ENV });
  const jar: Jar = new Map();
  const form = { username: "root", password: ENV.ADMIN_PASSWORD };
  for (const server of [one, two]) {
    assertEquals((await browse(server, jar, "/login", form)).status, 303);
  }
  assertEquals(jar.size, 4, [...jar.keys()].join(" "));
  for (const server of [one, two, one]) {
    assertEquals((await browse(server, jar, "/admin")).status, 200);
  }
  await browse(two, jar, "/logout", {});
  assertEquals((await browse(two, jar, "/admin")).status, 303);
  assertEquals((await browse(one, jar, "/admin")).status, 200);
});

Deno.test("cookieScope() goes by what the browser asked for, and never by what we listen on", () => {
  const scope = (
    fields: Record<string, string>,
    origins: string[] = [],
    isProxied = false,
  ) => {
    const { secure, tag } = cookieScope(
      { publicOrigin: origins[0] ?? null, publicOrigins: origins },
      { url: "http://127.0.0.1:8000/", headers: new Headers(fields) },
      isProxied,
    );
    return `${secure ? "https" : "http"} ${tag}`;
  };
  assertEquals(scope({ host: "localhost:8001" }), "http 8001");
  assertEquals(scope({ host: "[::1]:8001" }), "http 8001");
  assertEquals(scope({ host: "localhost" }), "http ");
  assertEquals(scope({ host: "localhost:80" }), "http ");
  const two = ["https://a.example", "https://b.example:8443"];
  assertEquals(scope({ host: "127.0.0.1:8000" }, two), "https ");
  assertEquals(scope({ host: "b.example:8443" }, two), "https 8443");
  assertEquals(scope({ host: "backend:8001" }, [], true), "http ");
  assertEquals(
    scope(
      { host: "backend:8001", "x-forwarded-host": "a.example:9000, x" },
      [],
      true,
    ),
    "http 9000",
  );
});

Deno.test("A cookie under the old name is read until it ends; a new one is set under the new", () => {
  const cookie = hostCookie("portcullis", 1_000);
  const tagged = { secure: false, tag: "8001" };
  const read = (field: string) =>
    cookie.read(new Headers({ cookie: field }), tagged);
  assertEquals(read("portcullis=old"), "old");
  assertEquals(read("portcullis=old; portcullis-8001=new"), "new");
  assertEquals(read("portcullis-8002=other"), null);
  assertEquals(cookie.name({ secure: true, tag: "" }), "__Host-portcullis");
});

Deno.test("A login by http at a site that is configured for https says why it cannot work", async () => {
  await using app = await startApp({
    env: { PUBLIC_ORIGIN: "https://example.org,https://b.example.org" },
  });
  const send = (origin: string) =>
    app.fetch("/login", {
      form: { username: "ann", password: "a wrong password" },
      headers: { origin },
    });
  const refused = await send("http://example.org");
  const text = await refused.text();
  assertEquals(refused.status, 403);
  assertStringIncludes(text, "Open https://example.org");
  assert(refused.headers.getSetCookie().length === 0);
  for (
    const origin of [
      "https://example.org",
      "https://b.example.org",
      "http://localhost",
    ]
  ) {
    const answer = await send(origin);
    await answer.body?.cancel();
    assertEquals(answer.status, 401, origin);
  }
  const foreign = await send("https://c.example.org");
  await foreign.body?.cancel();
  assertEquals(foreign.status, 403);
});
