import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { delay } from "../../lib/base/delay.ts";
import { type FileReport, LogImport } from "../../lib/import/import_logs.ts";
import { endsRun, hashLine, type LineKey } from "../../lib/import/line_hash.ts";
import { createLogClient } from "../../lib/import/log_client.ts";
import { expandNames, inOrderOfTime } from "../../lib/import/log_files.ts";
import { SeenLines } from "../../lib/import/seen_lines.ts";
import { BulkWriter } from "../../lib/log/bulk_writer.ts";
import { keys } from "../../lib/store/keys.ts";
import { chunkSize } from "../../lib/log/log_chunk.ts";
import { storedChunks } from "../../lib/log/stored_chunks.ts";
import { waitFor } from "../_wait.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2025, 4, 17);
const now = () => START + 48 * HOUR;

/** A line of a log; every third equals the one before. */
function line(index: number): string {
  const n = index + 2;
  const time = new Date(START + Math.floor(n / 3) * 1_000);
  const day = `17/May/2025:${time.toISOString().slice(11, 19)} +0000`;
  return `203.0.113.${n % 7 < 3 ? 1 : n % 7} - - [${day}] "GET /${
    n % 3 === 2 ? "same" : Math.floor(n / 3)
  } HTTP/1.1" 200 1 "-" "test"`;
}

const LINES = Array.from({ length: 3_000 }, (_, n) => line(n));

/** A store, a folder, and imports into it, each as if by a new process. */
async function bench() {
  const kv = await Deno.openKv(":memory:");
  const folder = await Deno.makeTempDir({ prefix: "portcullis_import_" });
  const retentionMs = 30 * 24 * HOUR;
  async function open(again = false): Promise<LogImport> {
    return new LogImport({
      clientOf: createLogClient(),
      now,
      seen: again ? null : await SeenLines.open(kv, now),
      writer: new BulkWriter({ kv, now, retentionMs }),
      retentionMs,
    });
  }
  return {
    kv,
    folder,
    open,
    async write(name: string, lines: readonly string[], pack = false) {
      const text = lines.map((each) => `${each}\n`).join("");
      const path = `${folder}/${name}`;
      await Deno.writeFile(
        path,
        pack ? gzipSync(text) : new TextEncoder().encode(text),
      );
      return path;
    },
    async import(lines: readonly string[], pack = false): Promise<FileReport> {
      const path = await this.write(crypto.randomUUID(), lines, pack);
      return (await open()).file(path);
    },
    async stored(): Promise<number> {
      let count = 0;
      for await (
        const { chunk } of storedChunks(kv, 0, Number.MAX_SAFE_INTEGER, now)
      ) count += chunkSize(chunk);
      return count;
    },
    async [Symbol.asyncDispose]() {
      kv.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("an import twice counts once, packed or under another name, and again where that is wanted", async () => {
  await using store = await bench();
  const first = await store.import(LINES);
  assertEquals([first.reader.counts.requests, first.known], [3_000, 0]);
  for (const pack of [false, true]) {
    const { reader, known } = await store.import(LINES, pack);
    assertEquals([reader.counts.requests, known], [0, 3_000]);
  }
  assertEquals(await store.stored(), 3_000);
  const path = await store.write("again.log", LINES);
  const again = await (await store.open(true)).file(path);
  assertEquals(again.reader.counts.requests, 3_000);
  assertEquals(await store.stored(), 6_000);
});

Deno.test("a file that has grown goes on where it was, however little came", async () => {
  await using store = await bench();
  let before = 0;
  for (const length of [1, 2, 3, 300, 301, 1_500, 1_501, 3_000]) {
    const { reader, known } = await store.import(LINES.slice(0, length));
    assertEquals([reader.counts.requests, known], [length - before, before]);
    before = length;
  }
  assertEquals(await store.stored(), 3_000);
});

Deno.test("halves, the whole, and any part of it count once, in any order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2_999 }),
      fc.boolean(),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 2 }),
      async (cut, isWholeFirst, order) => {
        await using store = await bench();
        const whole = () => store.import(LINES);
        const halves = [LINES.slice(0, cut), LINES.slice(cut)];
        if (order[0]) halves.reverse();
        if (isWholeFirst) await whole();
        for (const half of halves) await store.import(half);
        if (!isWholeFirst) await whole();
        assertEquals(await store.stored(), 3_000);
      },
    ),
    { numRuns: 12 },
  );
});

Deno.test("parts that overlap, one after the other, count each line once", async () => {
  const step = fc.record({
    overlap: fc.integer({ min: 16, max: 700 }),
    more: fc.integer({ min: 1, max: 900 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 20, max: 1_200 }),
      fc.array(step, { minLength: 1, maxLength: 3 }),
      async (first, steps) => {
        await using store = await bench();
        await store.import(LINES.slice(0, first));
        let have = first;
        for (const { overlap, more } of steps) {
          const end = Math.min(LINES.length, have + more);
          const part = LINES.slice(Math.max(0, have - overlap), end);
          const { reader } = await store.import(part);
          // Of three files that overlap within a few lines, these may be counted again.
          const { requests } = reader.counts;
          assert(requests >= end - have, "a line is missing");
          assert(requests < end - have + 8, "lines count twice");
          have = end;
        }
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("lines that were imported count once in the middle of new ones", async () => {
  await using store = await bench();
  await store.import(LINES.slice(500, 2_500));
  const { reader, known } = await store.import(LINES);
  assertEquals([reader.counts.requests, known], [1_000, 2_000]);
});

Deno.test("a part too short to hold a cut counts once, wherever it begins", async () => {
  for (const [from, to] of [[1_000, 1_040], [2_387, 3_000], [5, 13], [0, 3]]) {
    await using store = await bench();
    // The positions of cuts depend on the key.
    await store.kv.set(keys.importKey(), [1, 2]);
    await store.import(LINES);
    const { reader, known } = await store.import(LINES.slice(from, to));
    assertEquals([reader.counts.requests, known], [0, to! - from!]);
    // New lines after it are counted.
    const grown = [...LINES.slice(from, to), line(9_000), line(9_003)];
    const next = await store.import(grown);
    assertEquals(next.reader.counts.requests, 2);
  }
});

/** A key with which a file is cut after a given line. */
function keyThatCuts(text: string): LineKey {
  const bytes = new TextEncoder().encode(text);
  for (let a = 1;; a++) {
    if (endsRun(hashLine(bytes, 0, bytes.length, [a, 7]))) return [a, 7];
  }
}

Deno.test("a part that is cut in its first lines counts once", async () => {
  for (const cut of [1_000, 1_003, 1_006]) {
    await using store = await bench();
    await store.kv.set(keys.importKey(), keyThatCuts(LINES[cut]!));
    await store.import(LINES);
    const { reader, known } = await store.import(LINES.slice(1_000, 1_040));
    assertEquals([reader.counts.requests, known], [0, 40], `cut at ${cut}`);
  }
});

Deno.test("of a file in which lines differ, only those are new", async () => {
  await using store = await bench();
  await store.import(LINES);
  const damaged = [...LINES];
  damaged[1_000] = "no line of a log";
  damaged.splice(2_000, 1);
  damaged.splice(2_500, 0, line(9_000));
  const { reader, known } = await store.import(damaged);
  assertEquals(reader.counts.unparsable, 1);
  assertEquals([reader.counts.requests, known], [1, 2_998]);
  assertEquals(reader.bad[0]?.number, 1_001);
});

Deno.test("requests of two lines each count once, wherever a file had ended", async () => {
  const RAILS = Array.from({ length: 40 }, (_, n) => {
    const time = new Date(START + n * 1_000).toISOString().slice(11, 19);
    return [
      `[id${n}] Started GET "/${n}" for 203.0.113.9 at 2025-05-17 ${time} +0000`,
      `[id${n}] Completed 200 OK in ${n}ms`,
    ];
  }).flat();
  for (const cut of [1, 2, 39, 40, 79]) {
    await using store = await bench();
    await store.import(RAILS.slice(0, cut));
    const { reader, known } = await store.import(RAILS);
    assertEquals(known, cut);
    assertEquals(reader.counts.requests, 40 - Math.floor(cut / 2));
    assertEquals(await store.stored(), 40);
  }
});

Deno.test("lines that are the same are as many as the file has", async () => {
  const same = Array<string>(10_000).fill(LINES[0]!);
  for (let n = 0; n < 8; n++) {
    await using store = await bench();
    await store.import([LINES[n * 3 + 2]!, ...same, LINES[5]!]);
    assertEquals(await store.stored(), 10_002);
    await store.import([LINES[n * 3 + 2]!, ...same, LINES[5]!]);
    assertEquals(await store.stored(), 10_002);
  }
});

Deno.test("files of other servers that begin alike are other files", async () => {
  await using store = await bench();
  const others = LINES.map((each, i) =>
    i === 0 ? each : each.replace("203.0.113.", "198.51.100.")
  );
  await store.import(LINES);
  const { reader } = await store.import(others);
  // With one key in 128, the line that they share is a run of its own.
  assert(reader.counts.requests >= 2_999, `${reader.counts.requests}`);
});

Deno.test("a rotated set in any order is the log that it was", async () => {
  await using store = await bench();
  const names: string[] = [];
  for (let i = 0; i < 15; i++) {
    const part = LINES.slice(i * 200, (i + 1) * 200);
    const pack = i < 13;
    const name = `access.log${i === 14 ? "" : `.${14 - i}`}${
      pack ? ".gz" : ""
    }`;
    names.push(await store.write(name, part, pack));
  }
  const given = [7, 0, 14, 3, 1, 13, 2, 12, 4, 11, 5, 10, 6, 9, 8];
  const reading = { clientOf: createLogClient(), now };
  assertEquals(
    await inOrderOfTime(given.map((i) => names[i]!), reading),
    names,
  );
  assertEquals(
    expandNames([`${store.folder}/access.log*`, names[3]!]).sort(),
    names.toSorted(),
  );
  const logs = await store.open();
  for (const i of given) await logs.file(names[i]!);
  assertEquals(await store.stored(), 3_000);
  const { reader, known } = await store.import(LINES);
  assertEquals([reader.counts.requests, known], [0, 3_000]);
});

Deno.test("an import that ended halfway goes on, and nothing is counted twice", async () => {
  await using store = await bench();
  const many = Array.from({ length: 60_000 }, (_, n) => line(n));
  const path = await store.write("big.log", many);
  for (const writes of [1, 2]) {
    let left = writes;
    const kv = new Proxy(store.kv, {
      get(kv, name) {
        if (name !== "atomic") {
          const value = Reflect.get(kv, name);
          return typeof value === "function" ? value.bind(kv) : value;
        }
        return () => {
          if (left-- === 0) throw new Error("the power went");
          return kv.atomic();
        };
      },
    });
    const logs = new LogImport({
      clientOf: createLogClient(),
      now,
      seen: await SeenLines.open(kv, now),
      writer: new BulkWriter({ kv, now, retentionMs: HOUR * 1_000 }),
      retentionMs: HOUR * 1_000,
    });
    let failed = "";
    await logs.file(path).catch((error: Error) => failed = error.message);
    assertEquals(failed, "the power went");
  }
  const { reader, known } = await (await store.open()).file(path);
  assert(known > 0);
  assertEquals(reader.counts.requests + known, 60_000);
  assertEquals(await store.stored(), 60_000);
});

Deno.test("a log that is cut again, some lines beside the first cuts, counts none of them again", async () => {
  // With another key each time, so the lines are cut elsewhere.
  for (let round = 0; round < 8; round++) {
    await using store = await bench();
    await store.import(LINES.slice(952, 1_146));
    await store.import(LINES.slice(849, 952));
    const before = await store.stored();
    // Six lines of the second part, then all of the first; then all of the second, six of the
    // first.
    const parts = [[946, 1_146], [849, 958]] as const;
    for (const [from, to] of parts) {
      const { known } = await store.import(LINES.slice(from, to));
      assertEquals(known, to - from);
    }
    assertEquals(await store.stored(), before);
    await store.import(LINES.slice(840, 849));
    assertEquals(await store.stored(), before + 9);
  }
});

Deno.test("a followed file is read through rotations, every line once", async () => {
  await using store = await bench();
  const path = `${store.folder}/access.log`;
  const append = (name: string, lines: readonly string[]) =>
    Deno.writeTextFile(name, lines.map((each) => `${each}\n`).join(""), {
      append: true,
    });
  await append(path, LINES.slice(0, 500));
  const stop = new AbortController();
  const reports: FileReport[] = [];
  const logs = await store.open();
  const following = logs.follow(
    path,
    stop.signal,
    (report) => reports.push(report),
    { pollMs: 10, lingerMs: 120 },
  );
  let at = 500;
  for (let rotation = 1; rotation <= 3; rotation++) {
    for (let i = 0; i < 5; i++) {
      await append(path, LINES.slice(at, at + 100));
      at += 100;
      await delay(15);
    }
    await Deno.rename(path, `${path}.${rotation}`);
    // A server continues with the old file until it is notified.
    await append(`${path}.${rotation}`, LINES.slice(at, at + 50));
    at += 50;
    await append(path, LINES.slice(at, at + 50));
    at += 50;
    await waitFor(
      "the rotated file to be left",
      () => reports.length >= rotation,
    );
  }
  await append(path, LINES.slice(at, at + 200));
  at += 200;
  await waitFor("every line", async () => await store.stored() >= at);
  stop.abort();
  reports.push(await following);
  assertEquals(await store.stored(), at);
  const requests = reports.map(({ reader }) => reader.counts.requests);
  assertEquals(requests.reduce((sum, count) => sum + count, 0), at);
  assert(logs.hours.has(START));
});

Deno.test("a followed file is rotated again before the one before is left: every line once, at the end too", async () => {
  await using store = await bench();
  const path = `${store.folder}/access.log`;
  const write = (name: string, from: number, to: number) =>
    Deno.writeTextFile(name, LINES.slice(from, to).join("\n") + "\n", {
      append: true,
    });
  await write(path, 0, 100);
  const stop = new AbortController();
  const logs = await store.open();
  const reports: FileReport[] = [];
  const following = logs.follow(
    path,
    stop.signal,
    (report) => reports.push(report),
    { pollMs: 5, lingerMs: 60_000 },
  );
  await waitFor("the first file", async () => await store.stored() >= 100);
  for (let n = 1; n <= 3; n++) {
    await Deno.rename(path, `${path}.${n}`);
    await write(path, n * 100, n * 100 + 100);
    // Noticed while the first one is still read.
    await delay(150);
  }
  stop.abort();
  reports.push(await following);
  assertEquals(await store.stored(), 400);
  assertEquals(reports.map(({ lines }) => lines), [100, 100, 100, 100]);
});

Deno.test("of a followed file that is copied and emptied, the copy's end is read, then it from its start", async () => {
  await using store = await bench();
  const path = await store.write("access.log", LINES.slice(0, 350));
  const stop = new AbortController();
  let rotations = 0;
  const logs = await store.open();
  const following = logs.follow(path, stop.signal, () => rotations++, {
    pollMs: 10,
  });
  await waitFor("the file", async () => await store.stored() >= 350);
  // Written, copied and removed before any poll; another file beside it is no copy.
  Deno.writeTextFileSync(path, LINES.slice(350, 400).join("\n") + "\n", {
    append: true,
  });
  Deno.copyFileSync(path, `${path}.1`);
  Deno.truncateSync(path, 0);
  Deno.writeTextFileSync(`${path}.old`, "x".repeat(100_000));
  await waitFor("the copied file to be left", () => rotations > 0);
  await Deno.writeTextFile(path, LINES.slice(400, 500).join("\n") + "\n", {
    append: true,
  });
  await waitFor("what came after", async () => await store.stored() >= 500);
  stop.abort();
  await following;
  assertEquals([rotations, await store.stored()], [1, 500]);
});

Deno.test({
  name: "a named pipe is followed to its end, every line once",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using store = await bench();
    const path = `${store.folder}/pipe`;
    const made = await new Deno.Command("mkfifo", { args: [path] }).output();
    assertEquals(made.code, 0);
    const logs = await store.open();
    const stop = new AbortController();
    const followed = logs.follow(path, stop.signal, () => {});
    // Opening one end of a pipe waits for the other.
    const pipe = await Deno.open(path, { write: true });
    const writer = pipe.writable.getWriter();
    const text = LINES.map((each) => `${each}\n`).join("");
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += 9_999) {
      await writer.write(bytes.subarray(at, at + 9_999));
    }
    await writer.close();
    const { reader, known } = await followed;
    assertEquals([reader.counts.requests, known], [LINES.length, 0]);
    assertEquals(await store.stored(), LINES.length);
  },
});
