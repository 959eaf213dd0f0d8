import { fileTrouble } from "../base/error_words.ts";
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
import type { UnjudgedHours } from "./unjudged_hours.ts";

/** Options shared by the imports of one command. */
export interface ImportOptions extends LogReaderOptions {
  seen: SeenLines | null;
  writer: BulkWriter | null;
  unjudged?: UnjudgedHours;
  retentionMs: number;
  /** Called while a file is read. */
  onProgress?: (lines: number, bytes: number) => void;
}

/** The result of importing a file. */
export interface FileReport {
  name: string;
  reader: LogReader;
  lines: number;
  /** Lines that were imported before. */
  known: number;
  /** Why it could not be read to its end; null if it could. */
  error: string | null;
}

const MAX_LINE_BYTES = 65_536;

/** Imports files one after another, and remembers which hours have new records. */
export class LogImport {
  /** Starts of the clock hours (UTC) whose new records have not been analysed yet. */
  readonly hours = new Set<number>();
  readonly #options: ImportOptions;
  /** Totals of the previous files. */
  #lines = 0;
  #bytes = 0;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  /** Imports a file's current contents. */
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
    // In a damaged file, the incomplete last line is dropped.
    if (error === null) await take(splitter.end());
    await file.end();
    this.#lines += file.lines;
    this.#bytes += bytes;
    return report(name, reader, file, error);
  }

  /**
   * Imports a file and everything appended to it, until `signal` aborts; standard input and other
   * pipes until they end. Lines that were read are stored at least every second.
   *
   * @param onRotation Called with the report of a file that was rotated.
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
    // A line without an end may still be incomplete.
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

/** The decompressed file; `onBytes` counts the bytes read, compressed. */
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

/** A pipe's bytes, and "idle" each time that none arrived for half a second. */
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
    return { error: fileTrouble(error) };
  }
}

function report(
  name: string,
  reader: LogReader,
  { lines, known }: FileImport,
  error: string | null,
): FileReport {
  reader.rest();
  return { name, reader, lines, known, error };
}
