import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { addressStats } from "../../../lib/console/address_stats.ts";
import { requestFilter } from "../../../lib/log/request_filter.ts";
import { pageRequests, scanRequests } from "../../../lib/log/request_query.ts";
import type { RequestRecord } from "../../../lib/log/request_record.ts";
import { rollUp } from "../../../lib/log/rollup/roller.ts";
import { stretchesOf } from "../../../lib/log/rollup/whereabouts.ts";
import { DAY, HOUR, MINUTE, record, records, START, write } from "./_log.ts";

const SPAN = 3 * DAY;
const filters = fc.record({
  ip: fc.constantFrom(
    "203.0.113.1",
    "2001:db8::1",
    "192.0.2.1",
    "203.0.113.0/30",
    "203.0.0.0/16",
    "2001:db8::/64",
  ),
  path: fc.constantFrom("/login", "/a*", "/none", "/ł東"),
  status: fc.constantFrom("404", "5xx", "418"),
  country: fc.constantFrom("NL", "DE", "FR"),
  username: fc.constantFrom("ann", "bob"),
  outcome: fc.constantFrom("blocked", "limited"),
}, { requiredKeys: [] });

/** A log with rolled up, late and new records. */
async function fill(
  kv: Deno.Kv,
  parts: RequestRecord[][],
  now: () => number,
): Promise<void> {
  for (const [i, part] of parts.entries()) {
    await write(kv, part, now, 30 * DAY);
    if (i < parts.length - 1) await rollUp({ kv, now });
  }
}

async function all(kv: Deno.Kv, now: () => number): Promise<RequestRecord[]> {
  const range = { from: 0, to: START + 30 * DAY };
  return (await Array.fromAsync(scanRequests(kv, range, now))).flat();
}

const logs = fc.array(
  fc.oneof(records(0, SPAN, 80), records(0, HOUR, 20)),
  { minLength: 1, maxLength: 3 },
);

Deno.test("pageRequests(): a search that skips finds what one that reads everything finds", async () => {
  await fc.assert(
    fc.asyncProperty(
      logs,
      fc.array(filters, { minLength: 4, maxLength: 4 }),
      fc.constantFrom(30 * MINUTE, 30 * HOUR, SPAN + HOUR),
      async (parts, searches, age) => {
        using kv = await Deno.openKv(":memory:");
        const now = () => START + age;
        await fill(kv, parts, now);
        const everything = await all(kv, now);
        for (const params of searches) {
          const filter = requestFilter(new URLSearchParams(params));
          const expected = everything.filter((each) =>
            (!filter.ip || filter.ip(each.ip_address)) &&
            (!filter.path || filter.path(each.path)) &&
            (!filter.status || filter.status(each.status)) &&
            (!filter.country || filter.country(each.country_code)) &&
            (!filter.username || filter.username(each.username)) &&
            (!filter.outcome || filter.outcome === each.outcome)
          );
          const found: RequestRecord[] = [];
          let cursor: string | null = null;
          do {
            const page: Awaited<ReturnType<typeof pageRequests>> =
              await pageRequests(kv, { filter, cursor, limit: 7 }, now);
            found.push(...page.items);
            cursor = page.cursor;
          } while (cursor !== null);
          assertEquals(found.map(text).sort(), expected.map(text).sort());
          const times = found.map((each) => each.timestamp);
          assertEquals(times, times.toSorted((a, b) => b - a));
        }
      },
    ),
    { numRuns: 60 },
  );
});

function text(each: RequestRecord): string {
  return JSON.stringify(each);
}

Deno.test("addressStats(): counts what a count of every record does", async () => {
  await fc.assert(
    fc.asyncProperty(
      logs,
      fc.constantFrom("203.0.113.1", "2001:db8::1", "203.0.113.0/30", "::/0"),
      fc.oneof(fc.constant(0), fc.integer({ min: 0, max: SPAN })),
      fc.oneof(fc.constant(SPAN), fc.integer({ min: 1, max: SPAN })),
      fc.constantFrom("hour" as const, "day" as const),
      fc.constantFrom(0, 20, 1_000),
      async (parts, ip, since, length, by, sample) => {
        using kv = await Deno.openKv(":memory:");
        const now = () => START + SPAN + HOUR;
        await fill(kv, parts, now);
        const from = START + since;
        const until = from + length;
        const { ip: isMeant } = requestFilter(new URLSearchParams({ ip }));
        const expected = (await all(kv, now)).filter((each) =>
          each.timestamp >= from && each.timestamp < until &&
          isMeant!(each.ip_address)
        );
        const query = { ip, since: from, until, by, budgetMs: 60_000, sample };
        const stats = await addressStats(kv, query, now);
        const count = (test: (each: RequestRecord) => boolean) =>
          expected.filter(test).length;
        assertEquals(stats.totals, {
          requests: expected.length,
          allowed: count((each) => each.outcome === "allowed"),
          blocked: count((each) => each.outcome === "blocked"),
          limited: count((each) => each.outcome === "limited"),
          challenged: count((each) => each.outcome === "challenged"),
          errors: count((each) => each.status >= 500),
        });
        const step = by === "hour" ? HOUR : DAY;
        for (const { start, requests } of stats.series) {
          const at = Date.parse(start);
          const inside = count(({ timestamp }) =>
            timestamp >= at && timestamp < at + step
          );
          assertEquals(requests, inside);
        }
        for (const { name, requests } of stats.statuses) {
          const first = Number(name[0]);
          const same = count(({ status }) =>
            Math.floor(status / 100) === first
          );
          assertEquals(requests, same);
        }
        const times = expected.map((each) => each.timestamp);
        const iso = (ms: number) =>
          times.length === 0 ? null : new Date(ms).toISOString();
        assertEquals(stats.first_seen, iso(Math.min(...times)));
        assertEquals(stats.last_seen, iso(Math.max(...times)));
        assertEquals(stats.counted_since, new Date(from).toISOString());
        if (sample === 1_000) {
          assert(stats.sampled.isAll);
          const paths = new Map(
            stats.top.paths.map(({ name, requests }) => [name, requests]),
          );
          for (const [path, requests] of paths) {
            assertEquals(requests, count((each) => each.path === path));
          }
        }
      },
    ),
    { numRuns: 120 },
  );
});

Deno.test("a search for something rare reads only the minutes that it is in", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => START + 2 * DAY;
  const log = Array.from({ length: 24 * 60 * 2 }, (_, i) =>
    record({
      timestamp: START + i * 30_000,
      ip_address: `198.51.100.${i % 250}`,
      path: `/${i % 97}`,
    }));
  const rare = { ip_address: "192.0.2.1", path: "/rare", username: "ann" };
  for (const minute of [100, 700, 701]) {
    log.push(
      record({ ...rare, timestamp: START + minute * MINUTE, status: 418 }),
    );
  }
  await write(kv, log, now);
  await rollUp({ kv, now });
  const range = { from: START, to: START + DAY };
  for (
    const params of [
      { ip: "192.0.2.1" },
      { ip: "192.0.2.0/28" },
      { path: "/rare" },
      { username: "ann" },
      { status: "418" },
    ]
  ) {
    const filter = requestFilter(new URLSearchParams(params as never));
    let minutes = 0;
    for await (const { from, to } of stretchesOf(kv, range, filter)) {
      minutes += (to - from) / MINUTE;
    }
    // Bloom filters have 0.12 % false positives, too.
    assert(
      minutes >= 3 && minutes < 30,
      `${JSON.stringify(params)} ${minutes}`,
    );
    const found = await pageRequests(kv, { filter, limit: 50 }, now);
    assertEquals(found.items.length, 3);
  }
});
