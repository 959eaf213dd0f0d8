import { HOUR } from "../../lib/base/duration.ts";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { evaluate, scanRange } from "../../lib/detection/engine.ts";
import { checkRule, type Rule } from "../../lib/detection/rule.ts";
import { highVolume } from "../../lib/detection/rules/high_volume.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import {
  draftsOf,
  HOUR_START,
  record,
  sourceOf,
  THE_HOUR,
  times,
} from "./records.ts";

const MINUTE = 60_000;

/** Counts every request by address, unless options differ. */
function rule(fields: Partial<Rule> = {}): Rule {
  return {
    name: "test_rule",
    severity: "warning",
    windowMs: HOUR,
    threshold: 2,
    weight: 1,
    groupBy: ({ ip_address }) => ip_address,
    matches: () => true,
    explain: ({ count }) => `${count} requests`,
    ...fields,
  };
}

function streamOf(records: RequestRecord[]) {
  return sourceOf(records).scan({ from: 0, to: Infinity });
}

Deno.test("engine: counts equal a naive count, in whatever order records come", async () => {
  const anyRecord = fc.record({
    ip: fc.integer({ min: 1, max: 5 }),
    minute: fc.integer({ min: -5, max: 65 }),
    outcome: fc.constantFrom("allowed", "blocked", "limited"),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { maxLength: 120 }),
      fc.integer({ min: 0, max: 12 }),
      async (shapes, threshold) => {
        const records = shapes.map(({ ip, minute, outcome }) =>
          record({
            ip_address: `203.0.113.${ip}`,
            timestamp: HOUR_START + minute * MINUTE,
            outcome: outcome as RequestRecord["outcome"],
          })
        );
        const naive = new Map<string, number>();
        for (const { ip_address, timestamp, outcome } of records) {
          if (timestamp < HOUR_START || timestamp >= THE_HOUR.to) continue;
          if (outcome === "blocked") continue;
          naive.set(ip_address, (naive.get(ip_address) ?? 0) + 1);
        }
        const { drafts } = await evaluate(
          [highVolume({ threshold })],
          streamOf(records),
          THE_HOUR,
        );
        assertEquals(
          new Map(drafts.map((draft) => [draft.ip_address, draft.count])),
          new Map([...naive].filter(([, count]) => count > threshold)),
        );
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("engine: a sliding window finds the busiest stretch, as a naive count does", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -10, max: 61 }), { maxLength: 80 }),
      async (minutes) => {
        const records = minutes.map((minute) =>
          record({ timestamp: HOUR_START + minute * MINUTE })
        );
        let busiest = 0;
        for (let end = 1; end <= 60; end++) {
          const inside = minutes.filter((minute) =>
            minute < end && minute >= end - 5
          );
          busiest = Math.max(busiest, inside.length);
        }
        const sliding = rule({ windowMs: 5 * MINUTE, everyMs: MINUTE });
        const { drafts } = await evaluate(
          [sliding],
          streamOf(records),
          THE_HOUR,
        );
        assertEquals(drafts[0]?.count ?? 0, busiest > 2 ? busiest : 0);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("engine: tumbling windows do not share their requests", async () => {
  const tumbling = rule({ windowMs: 10 * MINUTE });
  const at = (minute: number) =>
    times(2, { timestamp: HOUR_START + minute * MINUTE });
  assertEquals(await draftsOf(tumbling, [...at(9), ...at(10)]), []);
  const [draft] = await draftsOf(tumbling, [...at(10), ...at(19)]);
  assertEquals(draft!.count, 4);
  assertEquals(draft!.period, HOUR_START);
});

Deno.test("engine: what has to be read begins with the first window", () => {
  assertEquals(scanRange([rule()], THE_HOUR), THE_HOUR);
  assertEquals(
    scanRange([
      rule(),
      rule({ windowMs: 5 * MINUTE, everyMs: MINUTE }),
    ], THE_HOUR),
    { from: HOUR_START - 4 * MINUTE, to: THE_HOUR.to },
  );
  assertEquals(
    scanRange([rule({ windowMs: 24 * HOUR })], THE_HOUR).from,
    THE_HOUR.to - 24 * HOUR,
  );
});

Deno.test("engine: a window longer than the period reaches back", async () => {
  const daily = rule({ windowMs: 24 * HOUR, threshold: 2 });
  const records = [
    record({ timestamp: HOUR_START - 20 * HOUR }),
    record({ timestamp: HOUR_START - 10 * HOUR }),
    record(),
  ];
  const result = await evaluate([daily], streamOf(records), THE_HOUR);
  assertEquals(result.drafts[0]!.count, 3);
  assertEquals(result.examined, 1);
});

Deno.test("engine: what the throttle refused counts only for rules that ask", async () => {
  const records = times(3, { outcome: "limited" });
  assertEquals(await draftsOf(rule(), records), []);
  const asks = rule({ countsLimited: true });
  assertEquals((await draftsOf(asks, records))[0]!.count, 3);
});

Deno.test("engine: what the blocklist refused counts for no rule, but was examined", async () => {
  const stream = streamOf(times(9, { outcome: "blocked" }));
  const result = await evaluate(
    [rule({ countsLimited: true })],
    stream,
    THE_HOUR,
  );
  assertEquals([result.drafts.length, result.examined], [0, 9]);
});

Deno.test("engine: a rule can weigh, mark, tell apart, raise and decline", async () => {
  const paths = ["/a", "/a", "/b", "/c"];
  const records = paths.map((path, index) =>
    record({ path, status: index === 0 ? 404 : 200 })
  );
  const weighed = rule({ matches: ({ path }) => path === "/a" ? 5 : 0 });
  assertEquals((await draftsOf(weighed, records))[0]!.count, 10);

  const distinct = rule({ distinct: ({ path }) => path });
  assertEquals((await draftsOf(distinct, records))[0]!.count, 3);
  assertEquals(
    await draftsOf(rule({ ...distinct, threshold: 3 }), records),
    [],
  );

  const marked = rule({
    marks: ({ status }) => status === 404,
    raise: ({ marked }) => marked === 1 ? "critical" : "info",
  });
  const [draft] = await draftsOf(marked, records);
  assertEquals([draft!.severity, draft!.score], ["critical", 5]);

  assertEquals(await draftsOf(rule({ raise: () => null }), records), []);
  assertEquals(await draftsOf(rule({ groupBy: () => null }), records), []);
});

Deno.test("engine: evidence is the first two and the last eight, by time and cut small", async () => {
  const records = times(50, {
    path: `/${"ä".repeat(400)}`,
    user_agent: "\ud800".repeat(300),
  });
  // Neither in ascending nor quite in descending order.
  records.sort((a, b) =>
    (a.timestamp * 7919) % 101 - (b.timestamp * 7919) % 101
  );
  const [draft] = await draftsOf(rule(), records);
  const seconds = draft!.evidence.map((item) =>
    (item.timestamp - HOUR_START) / 1_000
  );
  assertEquals(seconds, [0, 1, 42, 43, 44, 45, 46, 47, 48, 49]);
  assertEquals(
    [draft!.first_seen, draft!.last_seen],
    [HOUR_START, HOUR_START + 49_000],
  );
  const bytes = new TextEncoder().encode(JSON.stringify(draft)).length;
  assertEquals(bytes < 5_000, true, `${bytes} bytes`);
});

Deno.test("engine: requests up to a resolution do not count", async () => {
  const records = times(10);
  const settled = HOUR_START + 5_000;
  const { drafts } = await evaluate([rule()], streamOf(records), THE_HOUR, {
    settledUntil: (name, subject) =>
      name === "test_rule" && subject === "203.0.113.9" ? settled : undefined,
  });
  assertEquals([drafts[0]!.count, drafts[0]!.first_seen], [4, settled + 1_000]);
});

Deno.test("engine: a flood of random addresses hides no offender and makes up none", async () => {
  const limits = { subjects: 1_000, samples: 1_000 };
  const offenders = new Set(["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
  const records: RequestRecord[] = [];
  for (let n = 0; n < 60_000; n++) {
    records.push(
      record({
        ip_address: `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`,
        timestamp: HOUR_START + n,
      }),
    );
    if (n % 100 === 0) {
      for (const ip_address of offenders) {
        records.push(record({ ip_address, timestamp: HOUR_START + n }));
      }
    }
  }
  const { drafts, dropped, examined } = await evaluate(
    [highVolume({ threshold: 100 })],
    streamOf(records),
    THE_HOUR,
    { limits },
  );
  assertEquals(examined, 61_800);
  assertEquals(new Set(drafts.map(({ ip_address }) => ip_address)), offenders);
  for (const { count } of drafts) assertEquals(count, 600);
  assertEquals(dropped > 50_000, true);
});

Deno.test("engine: under pressure a count is never too high", async () => {
  const names = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(names, async (addresses) => {
      const truth = new Map<string, number>();
      const records = addresses.map((n) => {
        const ip_address = `192.0.2.${n}`;
        truth.set(ip_address, (truth.get(ip_address) ?? 0) + 1);
        return record({ ip_address });
      });
      const { drafts } = await evaluate(
        [rule({ threshold: 0 })],
        streamOf(records),
        THE_HOUR,
        { limits: { subjects: 8, samples: 4 } },
      );
      for (const { ip_address, count } of drafts) {
        assertEquals(count <= truth.get(ip_address)!, true);
      }
      assertEquals(drafts.length <= 8, true);
    }),
    { numRuns: 100 },
  );
});

const byIp = (a: { ip: string }, b: { ip: string }) => a.ip < b.ip ? -1 : 1;

Deno.test("engine: with room for all, every count, first and last time is that of the records", async () => {
  const visit = fc.record({
    ip_address: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1", "~h"),
    timestamp: fc.integer({ min: 0, max: 50 }).map((n) => HOUR_START + n),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(visit, { maxLength: 120 }), async (visits) => {
      const { drafts } = await evaluate(
        [rule({ threshold: 3 })],
        streamOf(visits.map(record)),
        THE_HOUR,
      );
      const byAddress = Object.groupBy(visits, (one) => one.ip_address);
      const truth = Object.entries(byAddress).map(([ip, of]) => {
        const times = of!.map(({ timestamp }) => timestamp);
        const [first, last] = [Math.min(...times), Math.max(...times)];
        return { ip, count: times.length, first, last };
      }).filter(({ count }) => count > 3);
      assertEquals(
        drafts.map(({ ip_address: ip, count, first_seen, last_seen }) => ({
          ip,
          count,
          first: first_seen,
          last: last_seen,
        })).sort(byIp),
        truth.sort(byIp),
      );
      for (const { evidence, first_seen, last_seen, count } of drafts) {
        const times = evidence.map(({ timestamp }) => timestamp);
        assertEquals([times[0], times.at(-1)], [first_seen, last_seen]);
        assertEquals(times.length <= count, true);
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("engine: of too many findings the worst are kept, and the rest counted", async () => {
  const records = Array.from(
    { length: 50 },
    (_, n) => times(n + 3, { ip_address: `192.0.2.${n}` }),
  ).flat();
  const { drafts, dropped } = await evaluate(
    [rule()],
    streamOf(records),
    THE_HOUR,
    { maxDrafts: 2 },
  );
  assertEquals(drafts.map(({ count }) => count), [52, 51]);
  assertEquals(dropped, 48);
});

Deno.test("engine: rules whose numbers make no sense are refused", async () => {
  const bad: Partial<Rule>[] = [
    { name: "High Volume" },
    { name: "" },
    { windowMs: 0 },
    { windowMs: 1.5 },
    { everyMs: 0 },
    { everyMs: HOUR + 1 },
    { threshold: -1 },
    { threshold: NaN },
    { weight: Infinity },
  ];
  for (const fields of bad) {
    assertThrows(() => checkRule(rule(fields)), RangeError, "Cannot use rule");
  }
  await assertRejects(
    () =>
      evaluate([rule()], streamOf([]), { from: HOUR_START, to: HOUR_START }),
    RangeError,
    "Cannot judge",
  );
});
