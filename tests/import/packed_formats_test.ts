import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { LineSplitter } from "../../lib/import/lines.ts";
import { unpack } from "../../lib/import/unpack.ts";
import { assertMeans, linesOf, names, readerOf } from "./_formats.ts";

/**
 * Every format, plain and in carriers of lines, compressed in each way. By default one carrier is
 * tested per format, with `WHOLE_MATRIX=1` all of them.
 */
const isWhole = Deno.env.get("WHOLE_MATRIX") === "1";

const carriers: ((line: string) => string)[] = [
  (line) => line,
  (line) => `<190>May 17 10:05:03 web1 app[812]: ${line}`,
  (line) => `2025-05-17T10:05:03+0000 web1 app[812]: ${line}`,
  (line) =>
    JSON.stringify({
      log: `${line}\n`,
      stream: "stdout",
      time: "2025-05-17T10:05:03.127000481Z",
    }),
  (line) => `2025-05-17T10:05:03.127000481Z stdout F ${line}`,
];

async function bzip2(text: string): Promise<Uint8Array> {
  const child = new Deno.Command("bzip2", { stdin: "piped", stdout: "piped" })
    .spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return (await output).stdout;
}

function hasBzip2(): boolean {
  try {
    new Deno.Command("bzip2", { args: ["--help"], stderr: "null" })
      .outputSync();
    return true;
  } catch {
    return false;
  }
}

const packers: Record<string, (text: string) => unknown> = {
  gzip: (text) => gzipSync(Buffer.from(text)),
  "several members of gzip": (text) => {
    const half = text.indexOf("\n") + 1;
    return Buffer.concat([
      gzipSync(Buffer.from(text.slice(0, half))),
      gzipSync(Buffer.from(text.slice(half))),
    ]);
  },
  "gzip with zeros behind": (text) =>
    Buffer.concat([gzipSync(Buffer.from(text)), Buffer.alloc(1_000)]),
  Zstandard: (text) => zstdCompressSync(Buffer.from(text)),
  ...hasBzip2() && { bzip2 },
};

/** The records read from a file's bytes. */
async function read(packed: Uint8Array): Promise<(RequestRecord | null)[]> {
  async function* pieces() {
    for (let at = 0; at < packed.length; at += 333) {
      await Promise.resolve();
      yield packed.subarray(at, at + 333);
    }
  }
  const reader = readerOf();
  const splitter = new LineSplitter();
  const records: (RequestRecord | null)[] = [];
  for await (const bytes of unpack(pieces())) {
    records.push(...reader.readLines(splitter.take(bytes).lines));
  }
  records.push(...reader.readLines(splitter.end().lines));
  return [...records, ...reader.finish()];
}

for (const [packing, pack] of Object.entries(packers)) {
  Deno.test(`every format is read from ${packing}, as it is and behind what carries it`, async () => {
    for (const [i, name] of names.entries()) {
      const chosen = isWhole
        ? carriers
        : [carriers[0]!, carriers[1 + i % (carriers.length - 1)]!];
      for (const wrap of chosen) {
        const text = linesOf(name).map((line) => `${wrap(line)}\n`).join("");
        assertMeans(await read(await pack(text) as Uint8Array), name);
      }
    }
  });
}
