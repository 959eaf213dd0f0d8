import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Durations } from "../../lib/console/durations.ts";
import { requestStats } from "../../lib/console/stats.ts";
import { readTraffic } from "../../lib/console/traffic.ts";
import { TrafficSums } from "../../lib/console/traffic_sums.ts";
import { requestFilter } from "../../lib/log/request_filter.ts";
import { record, store } from "../log/_records.ts";

const NOW = Date.UTC(2026, 0, 5, 12);
const HOUR = 3_600_000;
const RANGE = { since: NOW - 6 * HOUR, until: NOW + 1, by: "hour" as const };

const requests = fc.array(
  fc.record({
    timestamp: fc.integer({ min: NOW - 5 * HOUR, max: NOW }),
    ip_address: fc.constantFrom("203.0.113.9", "203.0.113.10", "2001:db8::1"),
    path: fc.constantFrom("/", "/a", "/b"),
    status: fc.constantFrom(200, 404, 500, 503),
    outcome: fc.constantFrom("allowed", "blocked", "limited", "challenged"),
    country_code: fc.constantFrom("DE", "FR", null),
    referrer: fc.constantFrom("https://a.test/", null),
  }),
  { minLength: 1, maxLength: 60 },
);

Deno.test("readTraffic(): without a filter it counts what rollups count", async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (rows) => {
      using kv = await Deno.openKv(":memory:");
      await store(kv, () => NOW, rows.map((fields) => record(fields)));
      const traffic = await readTraffic(
        kv,
        { ...RANGE, filter: {}, top: 100, budgetMs: 60_000 },
        () => NOW,
      );
      const stats = await requestStats(kv, { ...RANGE, top: 100 }, () => NOW);
      assertEquals(traffic.totals, stats.totals);
      assertEquals(traffic.series, stats.series);
      assertEquals(traffic.heat, stats.heat);
      for (const name of Object.keys(stats.top) as (keyof typeof stats.top)[]) {
        const sorted = (rows: { name: string; requests: number }[]) =>
          rows.map(({ name, requests }) => `${name} ${requests}`).sort();
        assertEquals(sorted(traffic.top[name]), sorted(stats.top[name]), name);
      }
      assertEquals(traffic.counted_since, RANGE.since);
    }),
    { numRuns: 30 },
  );
});

Deno.test("readTraffic(): a filter counts what a filtered list of all requests counts", async () => {
  await fc.assert(
    fc.asyncProperty(
      requests,
      fc.constantFrom(
        "status=5xx",
        "ip=203.0.113.0/24",
        "path!=/a",
        "country=DE",
      ),
      async (rows, query) => {
        using kv = await Deno.openKv(":memory:");
        await store(kv, () => NOW, rows.map((fields) => record(fields)));
        const filter = requestFilter(new URLSearchParams(query));
        const { totals, more } = await readTraffic(
          kv,
          { ...RANGE, filter, top: 100, budgetMs: 60_000 },
          () => NOW,
        );
        const kept = rows.filter(({ status, ip_address, path, country_code }) =>
          query === "status=5xx"
            ? status >= 500
            : query === "path!=/a"
            ? path !== "/a"
            : query === "country=DE"
            ? country_code === "DE"
            : !ip_address.includes(":")
        );
        assertEquals(totals.requests, kept.length);
        const failed = kept.filter(({ status }) => status >= 500);
        assertEquals(totals.errors, failed.length);
        assertEquals(
          more.failing.reduce((sum, { requests }) => sum + requests, 0),
          failed.length,
        );
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("readTraffic(): says how far it came where time ran out", async () => {
  using kv = await Deno.openKv(":memory:");
  const rows = Array.from(
    { length: 5 },
    (_, i) => record({ timestamp: NOW - i * HOUR, path: "/a" }),
  );
  await store(kv, () => NOW, rows);
  const { counted_since, totals } = await readTraffic(
    kv,
    { ...RANGE, filter: {}, top: 5, budgetMs: -1 },
    () => NOW,
  );
  assert(counted_since > RANGE.since);
  assert(totals.requests < rows.length);
  const whole = rows.filter(({ timestamp }) => timestamp >= counted_since);
  assertEquals(totals.requests, whole.length);
});

Deno.test("Durations: quantiles are those of a sorted list, to within 9 %", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0.1, max: 100_000, noNaN: true }), {
      minLength: 1,
    }),
    fc.constantFrom(0.5, 0.95, 1),
    (list, share) => {
      const durations = new Durations();
      for (const ms of list) durations.add(ms);
      const sorted = list.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(list.length * share) - 1]!;
      assertAlmostEquals(durations.quantile(share)! / exact, 1, 0.095);
    },
  ));
  assertEquals(new Durations().quantile(0.95), null);
});

Deno.test("TrafficSums: the console's own pages are none of the slow ones", () => {
  const sums = new TrafficSums(NOW - HOUR, NOW, 60_000);
  const slow = { timestamp: NOW - 1, duration_ms: 900 };
  for (let i = 0; i < 40; i++) {
    sums.add(record({ ...slow, path: "/admin/requests", username: "root" }));
    sums.add(record({ ...slow, path: "/admin", username: null }));
    sums.add(record({ ...slow, path: "/search", username: "ann" }));
  }
  const { more, totals } = sums.result(10);
  assertEquals(more.slow.map(({ name }) => name).sort(), ["/admin", "/search"]);
  assertEquals(totals.requests, 120);
});

Deno.test("TrafficSums: a client is told by its user agent, the first time and each other", () => {
  const sums = new TrafficSums(NOW - HOUR, NOW, 60_000);
  const firefox =
    "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";
  const gpt = "Mozilla/5.0 (compatible; GPTBot/1.3)";
  for (const user_agent of [firefox, gpt, null, firefox, gpt, firefox, "x/1"]) {
    sums.add(record({ timestamp: NOW - 1, user_agent }));
  }
  const { more } = sums.result(10);
  const counts = (rows: { name: string; requests: number }[]) =>
    Object.fromEntries(rows.map(({ name, requests }) => [name, requests]));
  assertEquals(counts(more.visitors), { human: 3, bot: 2, unknown: 2 });
  assertEquals(counts(more.bots), { GPTBot: 2 });
  assertEquals(counts(more.browsers), { Firefox: 3 });
  assertEquals(counts(more.systems), { Linux: 3 });
});
