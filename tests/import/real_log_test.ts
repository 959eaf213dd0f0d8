import { assertEquals } from "@std/assert";
import { LogImport } from "../../lib/import/import_logs.ts";
import { createLogClient } from "../../lib/import/log_client.ts";
import { SeenLines } from "../../lib/import/seen_lines.ts";
import { BulkWriter } from "../../lib/log/bulk_writer.ts";
import { chunkSize } from "../../lib/log/log_chunk.ts";
import { storedChunks } from "../../lib/log/stored_chunks.ts";

/** A log of two days, if present: it is not published with the project. */
const REAL = new URL(
  "../../../shared/data/access-2015-05-17.log",
  import.meta.url,
);
const now = () => Date.UTC(2025, 5, 1);
const retentionMs = 30 * 86_400_000;

/** The real log's lines, or as many generated ones with as few visitors. */
function linesOf(): string[] {
  try {
    return Deno.readTextFileSync(REAL).trimEnd().split("\n");
  } catch {
    return Array.from({ length: 4_000 }, (_, n) => {
      const time = new Date(Date.UTC(2015, 4, 17, 10) + 37_000 * n);
      const day = `${time.getUTCDate()}/May/2015`;
      const clock = time.toISOString().slice(11, 19);
      return `198.51.100.${n * 7 % 90} - - [${day}:${clock} +0000] ` +
        `"GET /p/${n % 40} HTTP/1.1" ${n % 9 ? 200 : 404} 12 "-" "agent ${
          n % 5
        }"`;
    });
  }
}

const LINES = linesOf();
const MORE =
  `192.0.2.9 - - [20/May/2015:21:05:59 +0000] "GET /more HTTP/1.1" 200 1 "-" "x"`;
const FUTURE =
  `192.0.2.9 - - [20/May/2099:21:05:59 +0000] "GET /future HTTP/1.1" 200 1 "-" "x"`;
const DAMAGED = LINES[1_000]!.slice(0, 40);

/**
 * Imports the given files in turn; returns the counts of new, known, bad and impossible lines of
 * each.
 */
async function imported(files: readonly string[][]): Promise<number[][]> {
  using kv = await Deno.openKv(":memory:");
  const folder = await Deno.makeTempDir({ prefix: "portcullis_real_" });
  const counts: number[][] = [];
  try {
    let all = 0;
    for (const [i, lines] of files.entries()) {
      const path = `${folder}/${i}.log`;
      await Deno.writeTextFile(path, lines.map((line) => `${line}\n`).join(""));
      const logs = new LogImport({
        clientOf: createLogClient(),
        now,
        seen: await SeenLines.open(kv, now),
        writer: new BulkWriter({ kv, now, retentionMs }),
        retentionMs,
      });
      const { reader, known } = await logs.file(path);
      const { requests, unparsable, implausible } = reader.counts;
      counts.push([requests, known, unparsable, implausible]);
      all += requests;
    }
    let stored = 0;
    for await (
      const { chunk } of storedChunks(kv, 0, Number.MAX_SAFE_INTEGER, now)
    ) stored += chunkSize(chunk);
    assertEquals(stored, all);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return counts;
}

const whole = LINES.length;
const half = Math.floor(whole / 2);
const CASES: Record<string, [files: string[][], counts: number[][]]> = {
  "twice": [[LINES, LINES], [[whole, 0, 0, 0], [0, whole, 0, 0]]],
  "in two halves, and whole": [
    [LINES.slice(0, half), LINES.slice(half), LINES],
    [[half, 0, 0, 0], [whole - half, 0, 0, 0], [0, whole, 0, 0]],
  ],
  "grown by one line": [
    [LINES, [...LINES, MORE]],
    [[whole, 0, 0, 0], [1, whole, 0, 0]],
  ],
  "with a damaged line, and whole": [
    [LINES.toSpliced(1_000, 1, DAMAGED), LINES],
    [[whole - 1, 0, 1, 0], [1, whole - 1, 0, 0]],
  ],
  "with one of the future, first and last": [
    [[FUTURE, ...LINES, FUTURE]],
    [[whole, 0, 0, 2]],
  ],
};

for (const [name, [files, counts]] of Object.entries(CASES)) {
  Deno.test(`a real log ${name}: each line counts once`, async () => {
    assertEquals(await imported(files), counts);
  });
}
