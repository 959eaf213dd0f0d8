import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MINUTE } from "../../lib/base/duration.ts";
import { draftsOfHour } from "../../lib/detection/job.ts";
import { storedSource } from "../../lib/detection/job_options.ts";
import { RunningHour } from "../../lib/detection/running_hour.ts";
import { allRules } from "../../lib/detection/rules/mod.ts";
import type { Standing } from "../../lib/detection/standing.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { RequestLog } from "../../lib/log/request_log.ts";
import { HOUR_START, record, THE_HOUR } from "./records.ts";

const NOTHING: Standing = {
  total: 0,
  ids: new Set(),
  settledUntil: undefined,
  settledStamp: "",
};
const rules = allRules({ threshold: 20, sensitivePaths: ["/login"] });

/** A log that grows over time, and its detection. */
async function bench() {
  const kv = await Deno.openKv(":memory:");
  const clock = { now: HOUR_START };
  const now = () => clock.now;
  let read = 0;
  const log = () => new RequestLog({ kv, now, retentionMs: 30 * 86_400_000 });
  const stored = storedSource(kv, now);
  const source = {
    ...stored,
    async *fresh(...asked: Parameters<NonNullable<typeof stored.fresh>>) {
      for await (const chunk of stored.fresh!(...asked)) {
        yield (function* () {
          for (const each of chunk) {
            read++;
            yield each;
          }
        })();
      }
    },
  };
  const options = { kv, now, source, rules };
  return {
    ...{ kv, clock, log, options },
    read: () => read,
    whole: async () => (await draftsOfHour(options, THE_HOUR)).drafts,
    [Symbol.dispose]: () => kv.close(),
  };
}

const traffic = fc.array(
  fc.record({
    // Within one millisecond, the order of two processes is undefined.
    after: fc.integer({ min: 1, max: 20_000 }),
    ip_address: fc.constantFrom("203.0.113.1", "203.0.113.2", "2001:db8::1"),
    path: fc.constantFrom("/", "/login", "/.env", "/a", "/b", "/wp-login.php"),
    method: fc.constantFrom("GET", "POST"),
    status: fc.constantFrom(200, 404, 401, 403, 500),
    user_agent: fc.constantFrom(null, "Firefox", "sqlmap/1.7"),
  }).map((one) =>
    // Who is refused first and let in afterwards at the same path counts as accepted, and the log
    // does not keep the order of two processes' records within a minute.
    one.status === 401 ? { ...one, path: "/members" } : one
  ),
  { minLength: 1, maxLength: 150 },
);

Deno.test("RunningHour finds at each pass what reading all of the hour finds, and reads each record once", async () => {
  await fc.assert(
    fc.asyncProperty(traffic, fc.integer({ min: 1, max: 40 }), async (
      requests,
      between,
    ) => {
      using b = await bench();
      // Two processes write alternately.
      const logs = [b.log(), b.log()];
      const running = new RunningHour();
      let at = HOUR_START;
      for (const [n, { after, ...fields }] of requests.entries()) {
        at = Math.min(at + after, THE_HOUR.to - 1);
        b.clock.now = at;
        logs[n % 2]!.append(record({ timestamp: at, ...fields }));
        if (n % between !== 0) continue;
        for (const log of logs) await log.flush();
        const found = await running.evaluate(b.options, THE_HOUR, NOTHING);
        assertEquals(found!.drafts, await b.whole());
      }
      for (const log of logs) await log.flush();
      const found = await running.evaluate(b.options, THE_HOUR, NOTHING);
      assertEquals(found!.drafts, await b.whole());
      assertEquals(found!.examined, requests.length);
      assertEquals(b.read(), requests.length);
      // The last pass uses the same counts, including late records.
      b.clock.now = THE_HOUR.to + 1_000;
      const late = record({ timestamp: HOUR_START, path: "/late" });
      logs[0]!.append(late);
      await logs[0]!.flush();
      const last = await running.evaluate(b.options, THE_HOUR, NOTHING);
      assertEquals(last!.examined, requests.length + 1);
      assertEquals(b.read(), requests.length + 1);
      assertEquals(running.has(HOUR_START), false);
      for (const log of logs) await log.close();
    }),
    { numRuns: 25 },
  );
});

Deno.test("RunningHour begins anew where a finding was settled, rules changed, records were erased or another hour runs", async () => {
  using b = await bench();
  const log = b.log();
  const add = async (many: number, fields: Partial<RequestRecord> = {}) => {
    for (let n = 0; n < many; n++) {
      log.append(record({ timestamp: b.clock.now, ...fields }));
    }
    await log.flush();
  };
  const running = new RunningHour();
  const pass = async (known = NOTHING, own = rules, period = THE_HOUR) => {
    const before = b.read();
    const found = await running.evaluate(
      { ...b.options, rules: own },
      period,
      known,
    );
    return { read: b.read() - before, drafts: found!.drafts };
  };
  await add(30);
  assertEquals((await pass()).read, 30);
  assertEquals((await pass()).read, 0);
  b.clock.now += MINUTE;
  await add(5);
  assertEquals((await pass()).read, 5);

  const settled = {
    ...NOTHING,
    settledStamp: "1 1",
    settledUntil: () => b.clock.now,
  };
  const after = await pass(settled);
  assertEquals(after.read, 35);
  assert(!after.drafts.some(({ rule }) => rule === "high_volume"));
  const stricter = allRules({ threshold: 2, sensitivePaths: ["/login"] });
  assertEquals((await pass(settled, stricter)).read, 35);
  const next = { from: THE_HOUR.to, to: THE_HOUR.to + 60 * MINUTE };
  assertEquals((await pass(NOTHING, rules, next)).read <= 35, true);

  assertEquals((await pass()).read, 35);
  running.forget();
  assertEquals((await pass()).read, 35);
  // Erased: the counts are no longer valid.
  for await (const { key, value } of b.kv.list({ prefix: ["request_log"] })) {
    const chunk = value as { rows: Uint16Array };
    await b.kv.set(key, { ...chunk, rows: chunk.rows.slice(0, 0) });
  }
  assertEquals((await pass()).drafts, []);
  await log.close();
});

Deno.test("RunningHour closes an hour anew where a chunk is gone that it has counted", async () => {
  using b = await bench();
  const log = b.log();
  for (let n = 0; n < 30; n++) {
    log.append(record({ timestamp: b.clock.now, path: `/${n}` }));
  }
  await log.flush();
  const running = new RunningHour();
  const found = await running.evaluate(b.options, THE_HOUR, NOTHING);
  assertEquals(found!.examined, 30);
  for await (const { key } of b.kv.list({ prefix: ["request_log"] })) {
    await b.kv.delete(key);
  }
  b.clock.now = THE_HOUR.to;
  const last = await running.evaluate(b.options, THE_HOUR, NOTHING);
  assertEquals([last!.examined, last!.drafts], [0, []]);
  await log.close();
});
