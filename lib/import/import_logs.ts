import { messageOf } from "../base/error_words.ts";
import { HOUR } from "../base/duration.ts";
import type { BulkWriter } from "../log/bulk_writer.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { followFile, type FollowOptions } from "./follow.ts";
import { FileImport } from "./import_file.ts";
import { hashLine } from "./line_hash.ts";
import { type LineBatch, LineSplitter } from "./lines.ts";
import { readFile, STDIN } from "./log_files.ts";
import { LogReader, type LogReaderOptions } from "./log_reader.ts";
import type { SeenLines } from "./seen_lines.ts";
import { unpack } from "./unpack.ts";

/** What imports of one command share. */
export interface ImportOptions extends LogReaderOptions {
  seen: SeenLines | null;
  writer: BulkWriter | null;
  retentionMs: number;
  /** Called as a file is read. */
  onProgress?: (lines: number, bytes: number) => void;
}

/** What became of a file. */
export interface FileReport {
  name: string;
  reader: LogReader;
  lines: number;
  /** Lines that were imported before. */
  known: number;
  /** Why it could not be read to its end; null where it was. */
  error: string | null;
}

const MAX_LINE_BYTES = 65_536;

/** Imports files one after another, and remembers which hours have new records. */
export class LogImport {
  /** Starts of the clock hours (UTC) with records that no one has judged yet. */
  readonly hours = new Set<number>();
  readonly #options: ImportOptions;
  /** Of the files before. */
  #lines = 0;
  #bytes = 0;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  /** Imports what a file holds now. */
  async file(name: string): Promise<FileReport> {
    const { reader, file } = this.#begin();
    const splitter = this.#splitter();
    let error: string | null = null;
    let bytes = 0;
    const take = async ({ lines, hashes, tooLong }: LineBatch) => {
      reader.skip(tooLong);
      await file.take(lines, hashes);
      this.#options.onProgress?.(this.#lines + file.lines, this.#bytes + bytes);
    };
    const chunks = contents(name, (count) => bytes += count);
    try {
      for (;;) {
        const next = await settled(chunks.next());
        if ("error" in next) {
          error = next.error;
          break;
        }
        if (next.value.done) break;
        await take(splitter.take(next.value.value));
      }
    } finally {
      await chunks.return(undefined);
    }
    // A line that was cut off together with the rest is no line.
    if (error === null) await take(splitter.end());
    await file.end();
    this.#lines += file.lines;
    this.#bytes += bytes;
    return report(name, reader, file, error);
  }

  /**
   * Imports a file and goes on with what is written to it, until `signal` says so; standard input
   * and other pipes until they end. What has been read is stored at least every second.
   *
   * @param onRotation Called with what became of a file whose place another one took.
   */
  async follow(
    name: string,
    signal: AbortSignal,
    onRotation: (report: FileReport) => void,
    options: Omit<FollowOptions, "signal"> = {},
  ): Promise<FileReport> {
    let { reader, file } = this.#begin();
    let splitter = this.#splitter();
    const take = async ({ lines, hashes, tooLong }: LineBatch) => {
      reader.skip(tooLong);
      await file.take(lines, hashes);
    };
    let stored = performance.now();
    const isPipe = name === STDIN || !(await Deno.stat(name)).isFile;
    for await (
      const part of isPipe
        ? pipe(name, signal)
        : followFile(name, { ...options, signal })
    ) {
      if (part === "rotated") {
        await take(splitter.end());
        await file.end();
        onRotation(report(name, reader, file, null));
        ({ reader, file } = this.#begin());
        splitter = this.#splitter();
      } else if (part !== "idle") await take(splitter.take(part));
      if (part === "idle" || performance.now() - stored > 1_000) {
        await file.flush();
        stored = performance.now();
      }
    }
    // A line without an end may still be in the making.
    if (isPipe) await take(splitter.end());
    await file.end();
    return report(name, reader, file, null);
  }

  #splitter(): LineSplitter {
    const key = this.#options.seen?.key;
    return new LineSplitter(
      MAX_LINE_BYTES,
      key && ((bytes, start, end) => hashLine(bytes, start, end, key)),
    );
  }

  #begin(): { reader: LogReader; file: FileImport } {
    const reader = new LogReader(this.#options);
    const onRecords = (records: readonly RequestRecord[]) => {
      let hour = -1;
      for (const { timestamp } of records) {
        if (timestamp >= hour && timestamp < hour + HOUR) continue;
        hour = timestamp - timestamp % HOUR;
        this.hours.add(hour);
      }
    };
    return {
      reader,
      file: new FileImport({ ...this.#options, reader, onRecords }),
    };
  }
}

/** The unpacked file; `onBytes` counts what was read of it, packed as it is. */
async function* contents(
  name: string,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  async function* bytes() {
    for await (const chunk of readFile(name)) {
      onBytes(chunk.length);
      yield chunk;
    }
  }
  yield* unpack(bytes());
}

/** A pipe's bytes, and "idle" each time that nothing came for half a second. */
async function* pipe(
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array | "idle"> {
  const stream = name === STDIN
    ? Deno.stdin.readable
    : (await Deno.open(name)).readable;
  const reader = stream.getReader();
  const aborted = new Promise<"end">((resolve) => {
    if (signal.aborted) resolve("end");
    signal.addEventListener("abort", () => resolve("end"), { once: true });
  });
  try {
    let next = reader.read();
    for (;;) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const quiet = new Promise<"idle">((resolve) => {
        timer = setTimeout(() => resolve("idle"), 500);
      });
      const first = await Promise.race([next, quiet, aborted]);
      clearTimeout(timer);
      if (first === "end") return;
      if (first === "idle") yield "idle";
      else if (first.done) return;
      else {
        yield first.value;
        next = reader.read();
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function settled<T>(
  promise: Promise<T>,
): Promise<{ value: T } | { error: string }> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function report(
  name: string,
  reader: LogReader,
  { lines, known }: FileImport,
  error: string | null,
): FileReport {
  return { name, reader, lines, known, error };
}
