/**
 * Every request that reaches the server is answered by the app, recorded, and refused for blocked
 * clients.
 */
import { assert, assertEquals } from "@std/assert";
import { startWithAdmin } from "./_admin.ts";
import { exchange } from "./_exchange.ts";
import { waitFor } from "../_wait.ts";

/** A request's head without `Host`, which is given separately, and the expected response. */
type Odd = [line: string, status: number | number[], host?: string | null];

const PATHS = [
  "/%ff",
  "/%",
  "/%zz",
  "/%00",
  "/admin/ip/%ff",
  "/admin/ip/%E0%A4%A",
  "/api/blocked/%ff",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/../../etc/passwd",
  "/./x/../none",
  "//none//x",
  "/none;a=1",
  "/none%2Fx",
  "/a|b^c{}\"<>'",
  "/%C0%AE%C0%AE",
  `/${"x".repeat(4_000)}`,
];

const ODD: Odd[] = [
  // Methods.
  ...[
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "SEARCH",
    "PURGE",
    "TRACE",
    "TRACK",
    "FOO",
    "get",
    "gET",
    "post",
    "patch",
  ].flatMap((method): Odd[] => [
    [`${method} / HTTP/1.1`, 405],
    [`${method} /no/such HTTP/1.1`, 405],
  ]),
  ["CONNECT example.org:443 HTTP/1.1", [400, 405]],
  ["OPTIONS * HTTP/1.1", [204, 404]],
  // Percent-encodings and paths.
  ...PATHS.map((path): Odd => [`GET ${path} HTTP/1.1`, [303, 400, 401, 404]]),
  // Targets that some parsers read as another path.
  ["GET /styles.css#x HTTP/1.1", 400],
  ["DELETE /frag/#ment HTTP/1.1", 400],
  ["GET /x\\login HTTP/1.1", 400],
  ["GET http://localhost/none HTTP/1.1", 404],
  ["GET http://other.example/none HTTP/1.1", 404],
  ["GET http://o\\x/none HTTP/1.1", 400],
  ["GET http://u:p@o/none HTTP/1.1", 400],
  ["GET http://[/none HTTP/1.1", 400],
  ["GET http://a:99999/none HTTP/1.1", 400],
  ["GET ftp://o/none HTTP/1.1", 400],
  // Hosts.
  ...[
    "h\\login#",
    "h\\api\\login#",
    "h\\healthz#",
    "h/login",
    "h?x",
    "h#x",
    "u@h",
    "%41",
    "%zz",
    "[",
    "[::1",
    "a b",
    "x:99999",
    "x:80:80",
    "999.1.1.1",
    "0x7f.1",
    "xn--a",
  ].map((host): Odd => ["GET /none HTTP/1.1", 400, host]),
  ["GET /none HTTP/1.1", 404, "h:"],
  ["GET /none HTTP/1.1", 404, "[::1]:80"],
  ["GET /none HTTP/1.1", 404, null],
  // Versions.
  ["GET /none HTTP/1.0", 404, null],
  ["FOO /none HTTP/1.0", 405, null],
];

/** As in the log: never less than what identifies the request. */
function recorded([line]: Odd): { method: string; path: string } {
  const [method, target] = line.split(" ") as [string, string];
  // Neither contains a path: the server makes one.
  if (method === "CONNECT") return { method, path: "/" };
  if (target === "*") return { method, path: "/*" };
  const path = target.replace(/^[a-z]+:\/\/[^/]*/, "").replace(/[?#].*/, "");
  return { method, path };
}

Deno.test("sixty odd requests: each is answered, has our headers and is in the log; who is blocked gets 403", async (t) => {
  await using server = await startWithAdmin({
    env: { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" },
  });
  const ask = (path: string, init?: RequestInit) =>
    fetch(`${server.origin}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${server.token}`,
        "content-type": "application/json",
        ...init?.headers,
      },
    });
  const blocking = await ask("/api/blocked", {
    method: "POST",
    body: JSON.stringify({ ip: "203.0.113.66" }),
  });
  assertEquals(blocking.status, 201, await blocking.text());
  assert(ODD.length >= 60, `${ODD.length}`);

  for (const [i, odd] of ODD.entries()) {
    const [line, expected, host = "localhost"] = odd;
    const ip = `198.51.100.${i + 1}`;
    const send = (client: string) =>
      exchange(
        server.origin,
        [
          line,
          ...(host === null ? [] : [`Host: ${host}`]),
          `X-Forwarded-For: ${client}`,
          "Connection: close",
        ].join("\r\n") + "\r\n\r\n",
      );
    await t.step(`${line.slice(0, 60)} for ${host}`, async () => {
      const { status, headers } = await send(ip);
      assert(
        [expected].flat().includes(status),
        `${status}, expected ${expected}`,
      );
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assert(headers.get("content-security-policy")?.includes("default-src"));
      assertEquals((await send("203.0.113.66")).status, 403);
    });
  }

  // The last one is in the log, so those before it are, too.
  const last = "/api/requests?ip=203.0.113.66&limit=1&path=/none&method=FOO";
  await waitFor(
    "the last record",
    async () => (await (await ask(last)).json()).items.length === 1,
  );
  const missing: string[] = [];
  for (const [i, odd] of ODD.entries()) {
    const ip = `198.51.100.${i + 1}`;
    const found = await ask(`/api/requests?ip=${ip}`);
    const { items } = await found.json();
    const { method, path } = recorded(odd);
    const isThere = items.length === 1 && items[0].ip_address === ip &&
      items[0].method === method &&
      (path === "" || items[0].path.startsWith(path.slice(0, 500)));
    if (!isThere) missing.push(`${odd[0]}: ${JSON.stringify(items)}`);
  }
  assertEquals(missing, []);
  const blocked = await (await ask(
    "/api/requests?ip=203.0.113.66&status=403&limit=500",
  )).json();
  assertEquals(blocked.items.length, ODD.length);
});
