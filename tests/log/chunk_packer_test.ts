import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ChunkPacker, type OpenChunk } from "../../lib/log/chunk_packer.ts";
import { chunkSize, recordAt } from "../../lib/log/log_chunk.ts";
import { type RequestRecord, UNKNOWN } from "../../lib/log/request_record.ts";

const START = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;

function record(timestamp: number, path = "/"): RequestRecord {
  return {
    ...UNKNOWN,
    timestamp,
    ip_address: "203.0.113.9",
    method: "GET",
    path,
    status: 200,
    duration_ms: 1,
    country_code: null,
    city: null,
    user_agent: null,
    referrer: null,
    username: null,
    outcome: "allowed",
  };
}

Deno.test("packer: each record is in one chunk, which lies within one minute and within its key's time", () => {
  fc.assert(fc.property(
    fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 59_999 }),
      ),
      { maxLength: 400 },
    ),
    (times) => {
      const packer = new ChunkPacker("w");
      const chunks = new Set<OpenChunk>();
      times.forEach(([minute, ms], i) =>
        chunks.add(packer.add(record(START + minute * MINUTE + ms, `/${i}`)))
      );
      const paths: string[] = [];
      const keys = new Set<string>();
      for (const chunk of chunks) {
        keys.add(`${chunk.lastMs} ${chunk.n}`);
        const value = chunk.value(0, 0);
        assertEquals(chunkSize(value), chunk.count);
        for (let i = 0; i < chunk.count; i++) {
          const { timestamp, path } = recordAt(value, i);
          assert(timestamp <= chunk.lastMs);
          assertEquals(
            Math.floor(timestamp / MINUTE),
            Math.floor(chunk.lastMs / MINUTE),
          );
          paths.push(path);
        }
      }
      assertEquals(keys.size, chunks.size);
      assertEquals(paths.sort(), times.map((_, i) => `/${i}`).sort());
    },
  ));
});

Deno.test("packer: a quiet minute is one chunk; a busy one goes on by the second", () => {
  const packer = new ChunkPacker("w");
  const quiet = new Set<OpenChunk>();
  for (let i = 0; i < 240; i++) quiet.add(packer.add(record(START + i * 250)));
  assertEquals(quiet.size, 1);

  const busy = new Set<OpenChunk>();
  for (let i = 0; i < 60_000; i++) {
    busy.add(packer.add(record(START + MINUTE + i)));
  }
  const whole = [...busy].filter(({ lastMs }) =>
    lastMs === START + 2 * MINUTE - 1
  );
  assertEquals(whole.length, 4 + 1); // The last second ends with its minute.
  assertEquals(busy.size, 4 + 60 - 6);
});

Deno.test("packer: a late record of a busy minute finds no chunk of its last second", () => {
  const packer = new ChunkPacker("w");
  for (let i = 0; i < 6_000; i++) packer.add(record(START + i));
  packer.add(record(START + MINUTE - 1));
  const late = packer.add(record(START + 30_000, "/late"));
  const value = late.value(0, 0);
  assertEquals(recordAt(value, late.count - 1).timestamp, START + 30_000);
});

Deno.test("packer: a chunk that grows record by record is written only so often", () => {
  const packer = new ChunkPacker("w");
  const chunks = new Set<OpenChunk>();
  let written = 0;
  // Ten per second for a minute, each a separate commit.
  for (let i = 0; i < 600; i++) {
    const chunk = packer.add(record(START + i * 100, `/${i}`));
    written += chunk.count;
    chunk.markStored();
    chunks.add(chunk);
  }
  assertEquals(chunks.size, Math.ceil(600 / 32));
  assert(written <= 600 * 17, `${written} records written for 600`);
  for (const { lastMs } of chunks) assertEquals(lastMs, START + MINUTE - 1);
});

Deno.test("packer: a chunk that was closed takes nothing more", () => {
  const packer = new ChunkPacker("w");
  const first = packer.add(record(START));
  packer.close(first);
  assert(packer.add(record(START)) !== first);
  assertEquals(first.count, 1);
});
