import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BlockPacker, type OpenBlock } from "../../lib/log/chunk_packer.ts";
import { blockSize, recordAt } from "../../lib/log/log_chunk.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";

const START = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;

function record(timestamp: number, path = "/"): RequestRecord {
  return {
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

Deno.test("packer: each record is in one block, which lies within one minute and within its key's time", () => {
  fc.assert(fc.property(
    fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 59_999 }),
      ),
      { maxLength: 400 },
    ),
    (times) => {
      const packer = new BlockPacker("w");
      const blocks = new Set<OpenBlock>();
      times.forEach(([minute, ms], i) =>
        blocks.add(packer.add(record(START + minute * MINUTE + ms, `/${i}`)))
      );
      const paths: string[] = [];
      const keys = new Set<string>();
      for (const block of blocks) {
        keys.add(`${block.lastMs} ${block.n}`);
        const value = block.value(0, 0);
        assertEquals(blockSize(value), block.count);
        for (let i = 0; i < block.count; i++) {
          const { timestamp, path } = recordAt(value, i);
          assert(timestamp <= block.lastMs);
          assertEquals(
            Math.floor(timestamp / MINUTE),
            Math.floor(block.lastMs / MINUTE),
          );
          paths.push(path);
        }
      }
      assertEquals(keys.size, blocks.size);
      assertEquals(paths.sort(), times.map((_, i) => `/${i}`).sort());
    },
  ));
});

Deno.test("packer: a quiet minute is one block; a busy one goes on by the second", () => {
  const packer = new BlockPacker("w");
  const quiet = new Set<OpenBlock>();
  for (let i = 0; i < 240; i++) quiet.add(packer.add(record(START + i * 250)));
  assertEquals(quiet.size, 1);

  const busy = new Set<OpenBlock>();
  for (let i = 0; i < 60_000; i++) {
    busy.add(packer.add(record(START + MINUTE + i)));
  }
  const whole = [...busy].filter(({ lastMs }) =>
    lastMs === START + 2 * MINUTE - 1
  );
  assertEquals(whole.length, 4 + 1); // The last second ends with its minute.
  assertEquals(busy.size, 4 + 60 - 6);
});

Deno.test("packer: a block that was closed takes nothing more", () => {
  const packer = new BlockPacker("w");
  const first = packer.add(record(START));
  packer.close(first);
  assert(packer.add(record(START)) !== first);
  assertEquals(first.count, 1);
});
