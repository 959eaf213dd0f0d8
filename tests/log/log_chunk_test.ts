import { AT, COLUMNS, columnsIn, VERSION } from "../../lib/log/columns.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { ChunkPacker } from "../../lib/log/chunk_packer.ts";
import {
  chunkSize,
  chunkVersion,
  type LogChunk,
  matchingRows,
  readChunk,
  recordAt,
} from "../../lib/log/log_chunk.ts";
import type { Outcome } from "../../lib/log/request_record.ts";
import { signalMask } from "../../lib/signals/signal.ts";
import { record } from "./_records.ts";

const START = Date.UTC(2026, 0, 5, 12);

/** Three requests as stored by version 1. */
function chunkOfVersion1() {
  return {
    v: 1,
    base: START,
    expires_at: START + 60_000,
    strings: ["", "203.0.113.9", "GET", "/a", "ann"],
    // deno-fmt-ignore
    rows: Uint16Array.from([
      10, 1, 2, 3, 200, 1_500, 0, 0, 0, 0, 0, 0, 0,
      20, 1, 2, 3, 403, 0, 1, 0, 0, 0, 0, 0, 1,
      30, 1, 2, 3, 429, 0, 0, 0, 0, 0, 0, 4, 2,
    ]),
  };
}

Deno.test("Columns stand where stored chunks have them: new ones go to the end, with a version", () => {
  assertEquals(AT, {
    timestamp: 0,
    ip_address: 1,
    method: 2,
    path: 3,
    status: 4,
    duration_ms: 5,
    country_code: 7,
    city: 8,
    user_agent: 9,
    referrer: 10,
    username: 11,
    outcome: 12,
    host: 13,
    signals: 14,
    rule: 15,
    asn: 16,
    // Read from the same number as asn.
    operator: 17,
    flags: 17,
  });
  assertEquals([1, 2, 3, 4].map(columnsIn), [13, 17, 18, 18]);
});

Deno.test("readChunk() reads what version 1 stored, with nothing in the columns it lacked", () => {
  const chunk = readChunk(chunkOfVersion1())!;
  assertEquals(chunk.v, VERSION);
  assertEquals(chunkSize(chunk), 3);
  const records = [0, 1, 2].map((index) => recordAt(chunk, index));
  assertEquals(records.map(({ outcome }) => outcome), [
    "allowed",
    "blocked",
    "limited",
  ]);
  assertEquals(records.map(({ duration_ms }) => duration_ms), [1.5, 65.536, 0]);
  assertEquals(records.map(({ username }) => username), [null, null, "ann"]);
  const { host, signals, rule, asn, operator } = records[2]!;
  assertEquals({ host, signals, rule, asn, operator }, {
    host: null,
    signals: 0,
    rule: null,
    asn: null,
    operator: null,
  });
});

Deno.test("readChunk() reads what version 2 stored, with no flags", () => {
  const packer = new ChunkPacker("w");
  const written = record({ asn: 64500, operator: "Example Hosting", flags: 6 });
  const chunk = packer.add(written).value(0, 0);
  const second = packer.add({ ...written, host: "b.example" }).value(0, 0);
  assertEquals(recordAt(chunk, 0).flags, 6);
  const columns = COLUMNS - 1;
  const rows = second.rows.filter((_, at) => at % COLUMNS < columns);
  const read = readChunk({ ...second, v: 2, rows })!;
  assertEquals(chunkSize(read), 2);
  assertEquals(recordAt(read, 1), { ...recordAt(second, 1), flags: 0 });
});

Deno.test("readChunk() leaves out a chunk of a newer version, or with an outcome that it does not know", () => {
  assertEquals(
    readChunk({ ...chunkOfVersion1(), v: chunkVersion(true) + 1 }),
    null,
  );
  const chunk = readChunk(chunkOfVersion1())!;
  const rows = chunk.rows.slice();
  rows[COLUMNS + AT.outcome] = 77;
  assertEquals(readChunk({ ...chunk, rows }), null);
});

Deno.test("An outcome that nobody knows is not stored as another", () => {
  const packer = new ChunkPacker("w");
  assertThrows(
    () => packer.add({ ...record(), outcome: "shrugged" as Outcome }),
    Refusal,
    'Cannot store outcome "shrugged"',
  );
});

Deno.test("A chunk finds records by host, rule, operator and signals", () => {
  const packer = new ChunkPacker("w");
  const all = [
    record({ host: "a.example", signals: signalMask(["sqli"]) }),
    record({ host: "b.example", asn: 64500, operator: "Example Hosting" }),
    record({ rule: "api", asn: 64500, operator: "Example Hosting" }),
  ];
  let chunk: LogChunk | undefined;
  for (const each of all) chunk = packer.add(each).value(0, 0);
  const found = (filter: Parameters<typeof matchingRows>[1]) =>
    matchingRows(chunk!, filter);
  assertEquals(found({ host: (host) => host === "a.example" }), [0]);
  assertEquals(found({ asn: (asn) => asn === 64500 }), [1, 2]);
  assertEquals(found({ rule: (rule) => rule === "api" }), [2]);
  assertEquals(found({ signals: (mask) => mask !== 0 }), [0]);
  assertEquals(recordAt(chunk!, 1).operator, "Example Hosting");
});

Deno.test("A duration that is not known stays unknown, and the longest is not taken for it", () => {
  const packer = new ChunkPacker("w");
  packer.add(record({ duration_ms: null }));
  const chunk = packer.add(record({ duration_ms: 1e12 })).value(0, 0);
  assertEquals(recordAt(chunk, 0).duration_ms, null);
  assertEquals(recordAt(chunk, 1).duration_ms, (0xffff_ffff - 1) / 1_000);
});
