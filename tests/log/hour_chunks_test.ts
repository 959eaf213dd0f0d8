import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BulkWriter } from "../../lib/log/bulk_writer.ts";
import { eraseAddress } from "../../lib/log/erase.ts";
import {
  chunkSize,
  matchingRows,
  recordAt,
  timestampAt,
} from "../../lib/log/log_chunk.ts";
import { pageRequests } from "../../lib/log/request_query.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { scanViews } from "../../lib/log/request_view.ts";
import { storedChunks } from "../../lib/log/stored_chunks.ts";
import { ViewsAhead } from "../../lib/log/views_ahead.ts";
import { rollUp } from "../../lib/log/rollup/roller.ts";
import { keys } from "../../lib/store/keys.ts";
import { record, store } from "./_records.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 2, 4);
const HOURS = 6;
/** The last hours are not old enough. */
const now = () => START + HOURS * HOUR;

async function importRecords(kv: Deno.Kv, records: RequestRecord[]) {
  const writer = new BulkWriter({ kv, now, retentionMs: 30 * 24 * HOUR });
  await writer.write(records, crypto.randomUUID().slice(0, 8));
  await writer.flush();
}

/** A log written by servers and several imports, with dense and sparse hours. */
const anyLog = fc.array(
  fc.record({
    isLive: fc.boolean(),
    records: fc.array(
      fc.integer({ min: 0, max: HOURS * HOUR - 1 }).map((ms) =>
        record({ timestamp: START + ms, path: `/${ms}` })
      ),
      { maxLength: 40 },
    ),
  }),
  { maxLength: 5 },
);

async function storeLog(
  kv: Deno.Kv,
  parts: { isLive: boolean; records: RequestRecord[] }[],
): Promise<number[]> {
  for (const { isLive, records } of parts) {
    const copies = records.map((each) => ({ ...each }));
    if (isLive) await store(kv, now, copies);
    else await importRecords(kv, copies);
  }
  return parts.flatMap(({ records }) => records.map((each) => each.timestamp))
    .sort((a, b) => a - b);
}

const anyRange = fc.tuple(
  fc.integer({ min: 0, max: HOURS * 60 }),
  fc.integer({ min: 0, max: HOURS * 60 }),
).map(([a, b]) => ({
  from: START + Math.min(a, b) * MINUTE,
  to: START + Math.max(a, b) * MINUTE,
}));

Deno.test("storedChunks() gives each record of the minutes asked for once, in the order of minutes, both ways", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLog,
      anyRange,
      fc.boolean(),
      fc.boolean(),
      async (parts, { from, to }, reverse, wholeHours) => {
        using kv = await Deno.openKv(":memory:");
        const all = await storeLog(kv, parts);
        const found: number[] = [];
        let last = reverse ? Infinity : -Infinity;
        const options = { reverse, wholeHours, batchSize: 2 };
        for await (
          const { lastMs, chunk } of storedChunks(kv, from, to, now, options)
        ) {
          assert(reverse ? lastMs <= last : lastMs >= last);
          last = lastMs;
          const minute = Math.floor(lastMs / MINUTE);
          for (let row = 0; row < chunkSize(chunk); row++) {
            const time = timestampAt(chunk, row);
            found.push(time);
            assertEquals(recordAt(chunk, row).path, `/${time - START}`);
            if (chunk.minutes === undefined) {
              assertEquals(Math.floor(time / MINUTE), minute);
            } else assert(wholeHours && lastMs - time < HOUR);
          }
        }
        assertEquals(
          found.sort((a, b) => a - b),
          all.filter((time) => time >= from && time < to),
        );
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("pages of the log show imported hours among the others, newest first", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLog,
      fc.integer({ min: 1, max: 30 }),
      async (parts, limit) => {
        using kv = await Deno.openKv(":memory:");
        const all = await storeLog(kv, parts);
        const shown: number[] = [];
        const ids = new Set<string>();
        let cursor: string | null = null;
        do {
          const page = await pageRequests(kv, { limit, cursor }, now);
          shown.push(...page.items.map(({ timestamp }) => timestamp));
          for (const id of page.ids) ids.add(id);
          cursor = page.cursor;
        } while (cursor !== null);
        assertEquals(shown, all.toReversed());
        assertEquals(ids.size, all.length);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("a search finds what is in an imported hour once, whatever the rollups know", async () => {
  using kv = await Deno.openKv(":memory:");
  const records = Array.from(
    { length: 1_000 },
    (_, i) =>
      record({
        timestamp: START + i * 7_000,
        ip_address: i % 250 === 7 ? "203.0.113.7" : "203.0.113.9",
      }),
  );
  await importRecords(kv, records);
  // A server that writes into the same hour creates whereabouts by minutes.
  await store(kv, now, [
    record({ timestamp: START + 3 * MINUTE, ip_address: "203.0.113.7" }),
    record({ timestamp: START + 30 * MINUTE, ip_address: "203.0.113.7" }),
  ]);
  await rollUp({ kv, now });
  const filter = {
    ip: (ip: string) => ip === "203.0.113.7",
    names: { ip: "203.0.113.7" },
  };
  const { items } = await pageRequests(kv, { filter, limit: 50 }, now);
  assertEquals(
    items.map(({ timestamp }) => (timestamp - START) / 1_000),
    [757 * 7, 507 * 7, 1_800, 257 * 7, 180, 49],
  );
});

Deno.test("stretches that overlap are read ahead as they are read one by one", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLog,
      fc.integer({ min: 0, max: 59 }),
      async (parts, overlap) => {
        using kv = await Deno.openKv(":memory:");
        await storeLog(kv, parts);
        const ahead = new ViewsAhead(kv, now);
        for (let hour = 0; hour < HOURS; hour++) {
          const to = START + (hour + 1) * HOUR;
          const range = { from: to - HOUR - overlap * MINUTE, to };
          const times = async (
            views: AsyncIterable<Iterable<RequestRecord>>,
          ) => {
            const all: number[] = [];
            for await (const part of views) {
              for (const { timestamp } of part) all.push(timestamp);
            }
            return all;
          };
          assertEquals(
            await times(ahead.scan(range)),
            await times(scanViews(kv, range, now)),
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("busy hours between quiet ones are read ahead as they are, too", async () => {
  using kv = await Deno.openKv(":memory:");
  const records = Array.from({ length: 9_000 }, (_, i) =>
    // The second hour has a chunk for each of its seconds and more.
    record({
      timestamp: i < 8_900
        ? START + HOUR + i * 404
        : START + (i - 8_900) * 200_000,
      path: `/${"x".repeat(500)}${i}`,
    }));
  await importRecords(kv, records);
  const ahead = new ViewsAhead(kv, now);
  const counts: number[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    const from = START + hour * HOUR;
    let count = 0;
    for await (const part of ahead.scan({ from, to: from + HOUR })) {
      for (const _ of part) count++;
    }
    counts.push(count);
  }
  const expected = new Array<number>(HOURS).fill(0);
  for (const { timestamp } of records) {
    expected[Math.floor((timestamp - START) / HOUR)]!++;
  }
  assertEquals(counts, expected);
});

Deno.test("an address is erased from an imported hour, and the hour counted anew", async () => {
  using kv = await Deno.openKv(":memory:");
  const IP = "203.0.113.77";
  await importRecords(
    kv,
    Array.from({ length: 90 }, (_, i) =>
      record({
        timestamp: START + i * 2 * MINUTE,
        ip_address: i % 3 === 0 ? IP : "203.0.113.9",
        user_agent: `agent ${i}`,
      })),
  );
  await rollUp({ kv, now });
  assertEquals(await eraseAddress(kv, now, IP, { dryRun: true }), {
    requests: 30,
    left: 0,
  });
  assertEquals(await eraseAddress(kv, now, IP), { requests: 30, left: 0 });
  assertEquals(await eraseAddress(kv, now, IP), { requests: 0, left: 0 });
  const marks = await Array.fromAsync(
    kv.list({ prefix: keys.rollupMarksAll() }),
  );
  assertEquals(marks.length, 3);
  let left = 0;
  for await (const { chunk } of storedChunks(kv, 0, now(), now)) {
    left += matchingRows(chunk, { ip: (ip) => ip === "203.0.113.0" }).length;
    for (let row = 0; row < chunkSize(chunk); row++) {
      const { ip_address, user_agent } = recordAt(chunk, row);
      assert(ip_address !== IP);
      assertEquals(user_agent === null, ip_address === "203.0.113.0");
    }
  }
  assertEquals(left, 30);
});
