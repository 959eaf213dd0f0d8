import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { Reader, type Response } from "mmdb-lib";
import { dbipFile } from "../../lib/geo/dbip.ts";
import { PagedFile } from "../../lib/geo/pages.ts";
import { Random } from "../net/random.ts";
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

Deno.test("openDatabase() answers as mmdb-lib does, for addresses of both packaged families", async () => {
  const random = new Random(20260605);
  for (const family of [4, 6] as const) {
    const whole = Buffer.from(await Deno.readFile(dbipFile(family)));
    const theirs = new Reader<Response>(whole);
    // A small page cache, so that pages are evicted.
    const ours = openDatabase(new PagedFile(dbipFile(family), 64));
    assertEquals(ours.family, family);
    assertEquals(ours.builtAt, theirs.metadata.buildEpoch.getTime());
    for (let i = 0; i < 5_000; i++) {
      const ip = family === 4
        ? [0, 0, 0, 0].map(() => random.int(256)).join(".")
        : `2${random.int(4096).toString(16).padStart(3, "0")}:${
          random.int(65_536).toString(16)
        }:${random.int(65_536).toString(16)}::${random.int(10_000)}`;
      assertEquals<unknown>(
        { ...ours.record(ip) },
        { ...theirs.get(ip) as object },
        ip,
      );
    }
    ours.close();
  }
});
