import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { openDatabase } from "../../lib/geo/mmdb.ts";
import { tinyMmdb } from "./tiny_mmdb.ts";

const record = { country_code: "NO", city: "Tromsø", latitude: 69.65 };

Deno.test("openDatabase() reads records and the build date", () => {
  const database = openDatabase(tinyMmdb(record));
  assertEquals(database.family, 4);
  assertEquals(database.builtAt, 1_750_000_000_000);
  assertEquals<unknown>({ ...database.record("8.8.8.8") }, record);
  assertEquals(database.record("200.1.1.1"), null);
});

Deno.test("openDatabase() reads from the middle of a larger buffer", () => {
  const bytes = tinyMmdb(record);
  const larger = new Uint8Array(bytes.length + 20).fill(7);
  larger.set(bytes, 10);
  const view = larger.subarray(10, 10 + bytes.length);
  assertEquals<unknown>({ ...openDatabase(view).record("1.1.1.1") }, record);
});

Deno.test("openDatabase() refuses what is not a database", () => {
  const good = tinyMmdb(record);
  const junk: [string, Uint8Array][] = [
    ["nothing", new Uint8Array()],
    ["zeros", new Uint8Array(300_000)],
    ["text", new TextEncoder().encode("<!doctype html>".repeat(99))],
    ["marker only", new TextEncoder().encode("\xab\xcd\xefMaxMind.com")],
    ["no metadata", good.subarray(0, 60)],
    ["metadata cut", good.subarray(0, good.length - 20)],
    ["tree cut", good.subarray(18)],
    ["version 1", tinyMmdb(record, { majorVersion: 1 })],
    ["family 5", tinyMmdb(record, { ipVersion: 5 })],
    ["no nodes", tinyMmdb(record, { nodeCount: 0 })],
    ["more nodes than bytes", tinyMmdb(record, { nodeCount: 0xffffffff })],
    ["record size", tinyMmdb(record, { recordSize: 25 })],
    ["no separator", tinyMmdb(record, { separator: 1 })],
  ];
  for (const [name, bytes] of junk) {
    assertThrows(() => openDatabase(bytes), TypeError, "Cannot read", name);
  }
});

Deno.test("openDatabase() refuses or opens damaged bytes, nothing else", () => {
  const good = tinyMmdb(record);
  fc.assert(
    fc.property(
      fc.nat(good.length - 1),
      fc.integer({ min: 0, max: 255 }),
      (at, byte) => {
        const damaged = good.slice();
        damaged[at] = byte;
        try {
          openDatabase(damaged);
        } catch (error) {
          assertEquals(error instanceof TypeError, true, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});
