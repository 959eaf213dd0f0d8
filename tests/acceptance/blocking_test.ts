import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import type { RequestItem } from "../../lib/log/request_item.ts";
import { runTask, startServer, type TestServer } from "../_server.ts";
import { ADMIN, startWithAdmin } from "./_admin.ts";
import { RawConnection, type RawRequest } from "./_raw.ts";
import { waitFor } from "../_wait.ts";

/** The time for a change by another process to take effect. */
const FOLLOWS_WITHIN_MS = 1_000;
const PROXIED = { TRUSTED_PROXIES: "127.0.0.1" };

/** A request as forwarded by the trusted proxy for a client. */
async function from(
  server: TestServer,
  ip: string,
  request: Partial<RawRequest> = {},
) {
  using connection = await RawConnection.open(server.origin);
  return await connection.request({
    path: "/",
    ...request,
    headers: { "X-Forwarded-For": ip, ...request.headers },
  });
}

async function task(server: TestServer, name: string, ...args: string[]) {
  const env = { KV_PATH: server.kvPath, ...PROXIED };
  const run = await runTask(name, args, { env });
  assertEquals(run.code, 0, run.stderr);
  return run.stdout;
}

/** Waits until an address gets this response; fails after the allowed time. */
async function becomes(server: TestServer, ip: string, status: number) {
  const started = performance.now();
  while ((await from(server, ip)).status !== status) {
    assert(
      performance.now() - started < FOLLOWS_WITHIN_MS,
      `${ip} is not answered with ${status} within a second`,
    );
    await delay(20);
  }
}

Deno.test("block-ip and unblock-ip count in a running server within a second", async () => {
  await using server = await startServer({ env: PROXIED });
  await becomes(server, "203.0.113.9", 200);
  await task(server, "block-ip", "203.0.113.9", "--reason", "scans us");
  await becomes(server, "203.0.113.9", 403);
  assertEquals((await from(server, "203.0.113.10")).status, 200);
  assertStringIncludes(
    await task(server, "check-ip", "203.0.113.9"),
    "scans us",
  );
  await task(server, "unblock-ip", "203.0.113.9");
  await becomes(server, "203.0.113.9", 200);
});

Deno.test("block-ip takes the address as --ip, too, and lists it", async () => {
  await using server = await startServer({ env: PROXIED });
  await task(server, "block-ip", "--ip", "2001:DB8:0:0::1", "--reason", "bad");
  await becomes(server, "2001:db8::1", 403);
  await becomes(server, "2001:0db8:0::0001", 403);
  const listed = JSON.parse(await task(server, "list-blocked", "--json"));
  assertEquals(listed.length, 1);
  assertEquals(listed[0].ip_address, "2001:db8::1");
  assertEquals(listed[0].reason, "bad");
  assertEquals(listed[0].expires_at, null);
  assert(listed[0].created_by !== "");
  assert(Math.abs(Date.parse(listed[0].created_at) - Date.now()) < 60_000);
});

Deno.test("ranges of both families block what lies in them, and IPv4 in its IPv6 spelling", async () => {
  await using server = await startServer({ env: PROXIED });
  await task(server, "block-ip", "203.0.113.0/25");
  await task(server, "block-ip", "2a00:1450:4001::/48");
  await becomes(server, "203.0.113.0", 403);
  await becomes(server, "2a00:1450:4001::1", 403);
  for (
    const [ip, status] of [
      ["203.0.113.127", 403],
      ["203.0.113.128", 200],
      ["203.0.112.255", 200],
      ["::ffff:203.0.113.5", 403],
      ["::ffff:cb00:7105", 403],
      ["203.0.113.5:51712", 403],
      ["2a00:1450:4001:ffff:ffff:ffff:ffff:ffff", 403],
      ["2a00:1450:4002::", 200],
    ] as const
  ) {
    assertEquals((await from(server, ip)).status, status, ip);
  }
  await task(server, "unblock-ip", "203.0.113.0/25");
  await becomes(server, "203.0.113.5", 200);
});

Deno.test("a block with --for ends on time", async () => {
  await using server = await startServer({ env: PROXIED });
  await task(server, "block-ip", "203.0.113.9", "--for", "2s");
  const blockedAt = Date.now();
  await becomes(server, "203.0.113.9", 403);
  const [entry] = JSON.parse(await task(server, "list-blocked", "--json"));
  const expiresAt = Date.parse(entry.expires_at);
  assert(Math.abs(expiresAt - blockedAt - 2_000) < 1_000);
  while (Date.now() < expiresAt - 100) {
    assertEquals((await from(server, "203.0.113.9")).status, 403);
    await delay(50);
  }
  await delay(expiresAt + 20 - Date.now());
  assertEquals((await from(server, "203.0.113.9")).status, 200);
  assertEquals(
    (await task(server, "list-blocked")).trim(),
    "Nothing is blocked.",
  );
  assertStringIncludes(
    await task(server, "check-ip", "203.0.113.9"),
    "is not blocked",
  );
});

Deno.test("a blocked address gets 403 on everything, and is told no more than that", async (t) => {
  await using server = await startWithAdmin({ env: PROXIED });
  const json = { "Content-Type": "application/json" };
  await server.api("/api/blocked", {
    method: "POST",
    json: { ip: "203.0.113.9", reason: "a secret reason" },
  });
  const login = JSON.stringify(ADMIN);
  const requests: RawRequest[] = [
    { path: "/" },
    { path: "/login" },
    { path: "/admin" },
    { path: "/styles.css" },
    { path: "/robots.txt" },
    { path: "/no/such/page" },
    { path: "/%E0%A4%A" },
    { path: "/api/me" },
    { path: "/api/no-such-call" },
    { path: "/healthz" },
    { path: "/metrics" },
    { path: "/", method: "HEAD" },
    { path: "/styles.css", method: "HEAD" },
    { path: "/", method: "OPTIONS" },
    { path: "/", method: "PROPFIND" },
    { path: "/api/login", method: "POST", headers: json, body: login },
    {
      path: "/login",
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Origin: server.origin,
      },
      body: new URLSearchParams(ADMIN).toString(),
    },
    {
      path: "/api/me",
      headers: { Authorization: `Bearer ${server.token}` },
    },
  ];
  const receipts = new Set<string>();
  for (const request of requests) {
    const { method = "GET", path } = request;
    await t.step(`${method} ${path}`, async () => {
      const { status, headers, body } = await from(
        server,
        "203.0.113.9",
        request,
      );
      assertEquals(status, 403);
      assertEquals(headers.get("cache-control"), "no-store");
      assertEquals(headers.get("set-cookie"), null);
      if (method === "HEAD") {
        assertEquals(body, "");
        return;
      }
      assertStringIncludes(body, "Your IP has been blocked.");
      assert(!/secret|reason|203\.0\.113/.test(body), body);
      const receipt = /\b[0-9A-Z]{12}\b/.exec(body)?.[0];
      assert(receipt, body);
      receipts.add(receipt);
    });
  }
  assertEquals(receipts.size, 1);

  await t.step("and all of that is in the log, as blocked", async () => {
    const logged = requests.filter(({ path }) =>
      path !== "/healthz" && path !== "/metrics"
    );
    const records = await waitFor("the records", async () => {
      const all = await server.all<RequestItem>("/api/requests?ip=203.0.113.9");
      return all.length >= logged.length && all;
    });
    assertEquals(records.length, logged.length);
    for (const { status, outcome, username } of records) {
      assertEquals([status, outcome, username], [403, "blocked", null]);
    }
  });

  await t.step("and counted as hits of the entry", async () => {
    const entry = await waitFor("every hit", async () => {
      const { items: [entry] } = await server.api<
        { items: { hits: number; last_hit_at: string | null }[] }
      >("/api/blocked");
      return entry!.hits >= requests.length && entry!;
    });
    assertEquals(entry.hits, requests.length);
    assert(entry.last_hit_at);
  });
});

Deno.test("the safelist wins over blocks of any kind, and lifts those it covers", async () => {
  await using server = await startServer({ env: PROXIED });
  await task(server, "block-ip", "203.0.113.9");
  await task(server, "block-ip", "198.51.100.0/24");
  await becomes(server, "203.0.113.9", 403);
  await becomes(server, "198.51.100.7", 403);

  assertStringIncludes(
    await task(server, "allow-ip", "203.0.113.9"),
    "Lifted the block of 203.0.113.9",
  );
  await becomes(server, "203.0.113.9", 200);
  // A wider block remains for the other addresses in it.
  await task(server, "allow-ip", "198.51.100.7", "--reason", "the office");
  await becomes(server, "198.51.100.7", 200);
  assertEquals((await from(server, "198.51.100.8")).status, 403);
  const listed = JSON.parse(await task(server, "list-blocked", "--json"));
  assertEquals(
    listed.map(({ ip_address }: { ip_address: string }) => ip_address),
    ["198.51.100.0/24"],
  );
  assertStringIncludes(
    await task(server, "check-ip", "198.51.100.7"),
    "safelist",
  );

  // A block of a safelisted address requires --force, and still has no effect.
  const env = { KV_PATH: server.kvPath };
  const refused = await runTask("block-ip", ["203.0.113.9"], { env });
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stderr, "safelisted 203.0.113.9");
  await task(server, "block-ip", "203.0.113.9", "--force");
  await delay(FOLLOWS_WITHIN_MS);
  assertEquals((await from(server, "203.0.113.9")).status, 200);
  // Once it is off the safelist, it takes effect.
  await task(server, "allow-ip", "203.0.113.9", "--remove");
  await becomes(server, "203.0.113.9", 403);
});

Deno.test("block-ip refuses what would lock everybody out, unless forced, and writes nothing", async (t) => {
  await using server = await startServer({ env: PROXIED });
  const env = { KV_PATH: server.kvPath, TRUSTED_PROXIES: "10.0.0.0/24" };
  for (
    const range of [
      "127.0.0.1",
      "::1",
      "10.0.0.7",
      "10.0.0.0/16",
      "0.0.0.0/0",
      "::/0",
      "203.0.0.0/8",
      "2a00::/16",
    ]
  ) {
    await t.step(range, async () => {
      const { code, stderr } = await runTask("block-ip", [range], { env });
      assertEquals(code, 1);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
      assertStringIncludes(stderr, "without force");
    });
  }
  assertEquals(JSON.parse(await task(server, "list-blocked", "--json")), []);
  await task(server, "block-ip", "203.0.0.0/8", "--force");
  await becomes(server, "203.255.0.1", 403);
});

Deno.test("an admin who is locked out gets back in by unblock-ip, by BYPASS_BLOCKLIST=1 and by allow-ip", async () => {
  await using server = await startWithAdmin();
  // The test's own address, without a proxy.
  await server.api("/api/me");
  const { kvPath } = server;
  const env = { KV_PATH: kvPath };
  const me = async (origin = server.origin) => {
    const response = await fetch(`${origin}/api/me`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    await response.body?.cancel();
    return response.status;
  };
  const meBecomes = async (status: number) => {
    const until = performance.now() + FOLLOWS_WITHIN_MS;
    while (await me() !== status) {
      assert(performance.now() < until, `not ${status} within a second`);
      await delay(20);
    }
  };
  await task(server, "block-ip", "127.0.0.1", "--force");
  await meBecomes(403);
  assertEquals((await runTask("unblock-ip", ["127.0.0.1"], { env })).code, 0);
  await meBecomes(200);

  await task(server, "block-ip", "127.0.0.0/8", "--force");
  await meBecomes(403);
  {
    await using open = await startServer({
      kvPath,
      env: { BYPASS_BLOCKLIST: "1" },
    });
    assertEquals(await me(open.origin), 200);
  }
  assertEquals(await me(), 403);
  await task(server, "allow-ip", "127.0.0.1");
  await meBecomes(200);
});

Deno.test("the API refuses to block the caller's own address, unless forced", async () => {
  await using server = await startWithAdmin({ env: PROXIED });
  const block = async (json: unknown) => {
    const response = await from(server, "203.0.113.9", {
      path: "/api/blocked",
      method: "POST",
      headers: {
        Authorization: `Bearer ${server.token}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify(json),
    });
    return response.status;
  };
  assertEquals(await block({ ip: "203.0.113.9" }), 409);
  assertEquals(await block({ ip: "203.0.113.0/24" }), 409);
  assertEquals((await from(server, "203.0.113.9")).status, 200);
  assertEquals(await block({ ip: "203.0.113.0/24", force: true }), 201);
  assertEquals((await from(server, "203.0.113.9")).status, 403);
});
