import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RequestItem } from "../../lib/log/request_item.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { startApp, type TestApp } from "../_app.ts";
import { assertProblem, json, record, store } from "./_api.ts";

const HOUR = 3_600_000;

async function asAdmin(app: TestApp) {
  const { token } = await app.signIn("root", "admin");
  return {
    get: async (path: string) => await json(await app.fetch(path, { token })),
    call: (path: string, method: string, body?: unknown) =>
      app.fetch(path, { method, token, json: body }),
    refuses: async (path: string, status: number) =>
      await assertProblem(await app.fetch(path, { token }), status),
  };
}

/** Entries of every kind, one second apart, the newest last. */
function traffic(app: TestApp): RequestRecord[] {
  const changes: Partial<RequestRecord>[] = [
    { path: "/a" },
    { path: "/a/b", status: 404 },
    { path: "/login", method: "POST", status: 401 },
    { path: "/login", method: "POST", status: 429, outcome: "limited" },
    { ip_address: "2001:db8::1", path: "/a", status: 403, outcome: "blocked" },
    { ip_address: "203.0.113.10", country_code: "DE", city: "Köln" },
    { ip_address: "198.51.100.7", username: "ann", path: "/profile" },
    { ip_address: "198.51.100.7", status: 500, referrer: "https://x.example/" },
  ];
  return changes.map((change, n) =>
    record({ timestamp: app.clock.now - HOUR + n * 1_000, ...change })
  );
}

Deno.test("API: requests come newest first, with all of their fields", async () => {
  await using app = await startApp();
  const { get } = await asAdmin(app);
  await store(app, traffic(app));
  const { items, cursor } = await get("/api/requests?until=2026-01-05T11:59Z");
  assertEquals(cursor, null);
  assertEquals(items.length, 8);
  const times = items.map(({ timestamp }: { timestamp: string }) => timestamp);
  assertEquals(times, times.toSorted().reverse());
  assertEquals(items[2], {
    timestamp: "2026-01-05T11:00:05.000Z",
    ip_address: "203.0.113.10",
    method: "GET",
    path: "/",
    status: 200,
    duration_ms: 1.5,
    country: "Germany",
    country_code: "DE",
    city: "Köln",
    user_agent:
      "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    referrer: null,
    username: null,
    outcome: "allowed",
    host: null,
    signals: [],
    rule: null,
    asn: null,
    operator: null,
    bot: null,
  });
});

Deno.test("API: each filter of requests finds what it says, alone and with others", async (t) => {
  await using app = await startApp();
  const { get, refuses } = await asAdmin(app);
  await store(app, traffic(app));
  const found: [query: string, count: number][] = [
    ["ip=203.0.113.9", 4],
    ["ip=::ffff:203.0.113.9", 4],
    ["ip=203.0.113.0/24", 5],
    ["ip=2001:DB8:0:0::1", 1],
    ["ip=2001:db8::/32", 1],
    ["path=/a", 2],
    ["path=/a*", 3],
    ["path=/login", 2],
    ["status=404", 1],
    ["status=4xx", 4],
    ["country=DE", 1],
    ["country=de", 1],
    ["country=FR", 0],
    ["outcome=limited", 1],
    ["outcome=blocked", 1],
    ["username=ann", 1],
    ["method=post", 2],
    ["since=2026-01-05T11:00:06Z", 2],
    ["until=2026-01-05T11:00:02Z", 2],
    ["since=2026-01-05T11:00:02Z&until=2026-01-05T11:00:04Z", 2],
    ["since=2026-01-05", 8],
    ["since=2026-01-06", 0],
    ["ip=203.0.113.9&status=4xx&path=/login", 2],
    ["ip=203.0.113.9&outcome=blocked", 0],
  ];
  for (const [query, count] of found) {
    await t.step(query, async () => {
      const { items } = await get(`/api/requests?${query}`);
      // The requests of this test itself may already be in the log.
      const theirs = items.filter(({ path }: RequestItem) =>
        !path.startsWith("/api/")
      );
      assertEquals(theirs.length, count);
    });
  }
  for (
    const query of [
      "ip=banana",
      "ip=203.0.113.0/33",
      "status=abc",
      "status=6xx",
      "outcome=denied",
      "since=yesterday",
      "until=2026-02-30x",
      "limit=0",
      "limit=501",
      "limit=-1",
      "limit=1.5",
      "limit=many",
      "cursor=banana",
      "cursor=%00",
      "cursor=W10",
    ]
  ) {
    await t.step(`${query} is 400`, async () => {
      await refuses(`/api/requests?${query}`, 400);
    });
  }
});

Deno.test("API: lists come in pages of 50 by default and at most 500, each item once", async () => {
  await using app = await startApp();
  const { get, call } = await asAdmin(app);
  const start = app.clock.now - HOUR;
  await store(
    app,
    // Several with one time: the cursor has to distinguish them.
    Array.from(
      { length: 620 },
      (_, n) => record({ timestamp: start + Math.floor(n / 7), path: `/${n}` }),
    ),
  );
  const first = await get("/api/requests");
  assertEquals(first.items.length, 50);
  assertEquals((await get("/api/requests?limit=500")).items.length, 500);

  const seen: string[] = [];
  for (let cursor: string | null = "", page = 0; cursor !== null; page++) {
    const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const { items, cursor: next } = await get(
      `/api/requests?until=2026-01-05T11:59Z&limit=37${query}`,
    );
    for (const { path } of items) seen.push(path);
    cursor = next;
    assert(page < 20);
    // New entries do not shift the pages.
    if (page === 3) await store(app, [record({ timestamp: app.clock.now })]);
  }
  assertEquals(seen.length, 620);
  assertEquals(new Set(seen).size, 620);

  for (let n = 0; n < 7; n++) {
    await call("/api/blocked", "POST", { ip: `203.0.113.${n}` });
  }
  const blocked: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const { items, cursor: next } = await get(`/api/blocked?limit=3${query}`);
    assert(items.length <= 3);
    for (const { ip_address } of items) blocked.push(ip_address);
    cursor = next;
  }
  assertEquals(new Set(blocked).size, 7);
  assertEquals(blocked.length, 7);
});

Deno.test("API: blocked: POST blocks at once, GET lists, DELETE lifts at once", async () => {
  await using app = await startApp();
  const { get, call } = await asAdmin(app);
  const response = await call("/api/blocked", "POST", {
    ip: "::FFFF:203.0.113.9",
    reason: "scans <us>",
    for: "24h",
  });
  const item = await json(response, 201);
  assertEquals(item.ip_address, "203.0.113.9");
  assertEquals(
    (await app.fetch("/", { peer: "203.0.113.9" })).status,
    403,
  );
  const { items } = await get("/api/blocked");
  assertEquals(items.length, 1);
  assertEquals(items[0].ip_address, "203.0.113.9");
  assertEquals(items[0].reason, "scans <us>");
  assertEquals(items[0].created_by, "root");
  assertEquals(items[0].created_at, "2026-01-05T12:00:00.000Z");
  assertEquals(items[0].expires_at, "2026-01-06T12:00:00.000Z");
  await app.services.lists.flushHits();
  const [hit] = (await get("/api/blocked")).items;
  assertEquals([hit.hits, hit.last_hit_at], [1, "2026-01-05T12:00:00.000Z"]);

  const lifted = await call("/api/blocked/203.0.113.9", "DELETE");
  assertEquals([lifted.status, await lifted.text()], [204, ""]);
  assertEquals(
    (await app.fetch("/", { peer: "203.0.113.9" })).status,
    200,
  );
  await assertProblem(await call("/api/blocked/203.0.113.9", "DELETE"), 404);
});

Deno.test("API: a range is lifted by its path with / as %2F, in any spelling", async () => {
  await using app = await startApp();
  const { call } = await asAdmin(app);
  for (
    const [range, path] of [
      ["203.0.113.0/24", "203.0.113.0%2F24"],
      ["2a00:1450::/32", "2a00:1450::%2F32"],
      ["2a00:1450:4001::/48", "2A00%3A1450%3A4001%3A%3A%2f48"],
      ["2a00:1450::1", "2a00:1450:0:0::1"],
    ] as const
  ) {
    await json(await call("/api/blocked", "POST", { ip: range }), 201);
    const { status } = await call(`/api/blocked/${path}`, "DELETE");
    assertEquals(status, 204, path);
  }
  for (const path of ["banana", "203.0.113.0%2F33", "%2F", "203.0.113"]) {
    const response = await call(`/api/blocked/${path}`, "DELETE");
    await assertProblem(response, 422);
  }
});

Deno.test("API: a block that cannot be meant is 422, one that would lock people out 409", async (t) => {
  await using app = await startApp({
    env: { TRUSTED_PROXIES: "10.0.0.0/24" },
  });
  const { call, get } = await asAdmin(app);
  const cases: [body: Record<string, unknown>, status: number][] = [
    [{ ip: "banana" }, 422],
    [{ ip: "" }, 422],
    [{ ip: "203.0.113" }, 422],
    [{ ip: "203.0.113.9O" }, 422],
    [{ ip: "010.0.0.1" }, 422],
    [{ ip: "203.0.113.0/33" }, 422],
    [{ ip: "::1%eth0" }, 422],
    [{ ip: "203.0.113.9", for: "soon" }, 422],
    [{ ip: "203.0.113.9", for: "-1h" }, 422],
    [{ ip: "203.0.113.9", reason: "x".repeat(10_000) }, 422],
    [{ ip: "127.0.0.1" }, 409],
    [{ ip: "0.0.0.0/0" }, 409],
    [{ ip: "::/0" }, 409],
    [{ ip: "10.0.0.7" }, 409],
    [{ ip: "198.51.100.7" }, 409],
    [{ ip: "198.51.100.0/24" }, 409],
  ];
  for (const [body, status] of cases) {
    await t.step(JSON.stringify(body).slice(0, 60), async () => {
      const response = await call("/api/blocked", "POST", body);
      const detail = await assertProblem(response, status);
      assert(detail.startsWith("Cannot "), detail);
    });
  }
  assertEquals((await get("/api/blocked")).items, []);
});

async function withFindings(app: TestApp) {
  const busy = Array.from(
    { length: 101 },
    (_, n) => record({ timestamp: app.clock.now - HOUR + 1 + n }),
  );
  const calm = busy.slice(1).map((each) => ({
    ...each,
    ip_address: "203.0.113.10",
  }));
  await store(app, [...busy, ...calm]);
}

Deno.test("API: detect flags an address with more than 100 requests in the hour, and the same once", async () => {
  await using app = await startApp();
  const { get, call } = await asAdmin(app);
  await withFindings(app);
  for (let run = 0; run < 2; run++) {
    const result = await json(await call("/api/detect", "POST", {}));
    assertEquals(result.flagged, 1);
    assertEquals(result.examined, 201);
    assertEquals(typeof result.took_ms, "number");
  }
  const { items } = await get("/api/suspicious");
  assertEquals(items.length, 1);
  const [finding] = items;
  assertEquals(finding.ip_address, "203.0.113.9");
  assertEquals(finding.reason, "high_volume");
  assertEquals(finding.is_active, true);
  assert(["info", "warning", "critical"].includes(finding.severity));
  assert(Date.parse(finding.flagged_at) > 0);
  assert(finding.evidence.length > 0);
  const earlier = await json(
    await call("/api/detect", "POST", { at: "2026-01-05T11:00:00Z" }),
  );
  assertEquals([earlier.flagged, earlier.examined], [0, 0]);
  await assertProblem(
    await call("/api/detect", "POST", { at: "yesterday" }),
    422,
  );
});

Deno.test("API: a finding is resolved and opened again by PATCH", async () => {
  await using app = await startApp();
  const { get, call, refuses } = await asAdmin(app);
  await withFindings(app);
  await call("/api/detect", "POST", {});
  const [{ id }] = (await get("/api/suspicious?active=true")).items;
  const resolved = await json(
    await call(`/api/suspicious/${id}`, "PATCH", { is_active: false }),
  );
  assertEquals([resolved.id, resolved.is_active], [id, false]);
  assertEquals((await get("/api/suspicious?active=true")).items, []);
  assertEquals((await get("/api/suspicious?active=false")).items.length, 1);
  // A finding settled by an admin is not raised again by the same requests.
  const again = await json(await call("/api/detect", "POST", {}));
  assertEquals(again.flagged, 0);
  assertEquals((await get("/api/suspicious?active=true")).items, []);

  await call(`/api/suspicious/${id}`, "PATCH", { is_active: true });
  assertEquals((await get("/api/suspicious?active=true")).items.length, 1);
  await assertProblem(
    await call(`/api/suspicious/${id}`, "PATCH", { is_active: "no" }),
    422,
  );
  for (const unknown of ["0123456789abcdef", "x", "..%2F..", "%00"]) {
    const response = await call(`/api/suspicious/${unknown}`, "PATCH", {
      is_active: false,
    });
    await assertProblem(response, 404);
  }
  await refuses("/api/suspicious?active=perhaps", 400);
});

Deno.test("API: stats count by hour and by day, with top lists", async () => {
  await using app = await startApp();
  const { get, refuses } = await asAdmin(app);
  await store(app, traffic(app));
  const stats = await get(
    "/api/stats?by=hour&since=2026-01-05T10:00:00Z&until=2026-01-05T12:00:00Z",
  );
  assertEquals(stats.totals.requests, 8);
  assertEquals(stats.totals.clients, 4);
  assertEquals(
    [stats.totals.allowed, stats.totals.blocked, stats.totals.limited],
    [6, 1, 1],
  );
  assertEquals(
    stats.series.map((
      { start, requests }: { start: string; requests: number },
    ) => [start, requests]),
    [["2026-01-05T10:00:00.000Z", 0], ["2026-01-05T11:00:00.000Z", 8]],
  );
  assertEquals(stats.top.addresses[0], { name: "203.0.113.9", requests: 4 });
  assertEquals(stats.top.countries[0].country_code, "DE");
  const days = await get(
    "/api/stats?by=day&since=2026-01-04&until=2026-01-06",
  );
  assertEquals(days.series.length, 2);
  assertEquals(days.series[1].requests, 8);
  for (
    const query of [
      "by=week",
      "since=2026-01-06&until=2026-01-05",
      "since=never",
      "by=hour&since=2020-01-01",
    ]
  ) await refuses(`/api/stats?${query}`, 400);
});

Deno.test("API: geo places a public address, and is limited by GEO_RATE", async () => {
  await using app = await startApp({
    env: { GEO_PROVIDER: "embedded", GEO_RATE: "6/m" },
  });
  await app.services.geo.whenReady();
  const locate = (body: unknown) => app.fetch("/api/geo", { json: body });
  const place = await json(await locate({ ip: "8.8.8.8" }));
  assertEquals(Object.keys(place).toSorted(), [
    "city",
    "country",
    "country_code",
    "ip_address",
    "latitude",
    "longitude",
    "source",
  ]);
  assertEquals([place.ip_address, place.country_code, place.country], [
    "8.8.8.8",
    "US",
    "United States",
  ]);
  for (const ip of ["10.0.0.1", "banana", "1.1.1.1/../../x?"]) {
    await assertProblem(await locate({ ip }), 422);
  }
  const own = await json(await app.fetch("/api/geo", { peer: "8.8.4.4" }));
  assertEquals([own.ip_address, own.country_code], ["8.8.4.4", "US"]);
  // One's own address always has an answer, even without a location.
  const nowhere = await json(await app.fetch("/api/geo"));
  assertEquals([nowhere.ip_address, nowhere.country], ["198.51.100.7", null]);
  await json(await locate({ ip: "2606:4700:4700::1111" }));
  const limited = await locate({ ip: "8.8.8.8" });
  assertEquals(limited.headers.get("ratelimit-policy"), '"geo";q=6;w=60');
  assert(Number(limited.headers.get("retry-after")) >= 1);
  assertStringIncludes(await assertProblem(limited, 429), "Try again");
});

Deno.test("API: geo is 503 where geolocation is switched off", async () => {
  await using app = await startApp();
  await assertProblem(
    await app.fetch("/api/geo", { json: { ip: "8.8.8.8" } }),
    503,
  );
});
