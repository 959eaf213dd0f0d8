import type { BulkWriter } from "../log/bulk_writer.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { endsRun, RunHash } from "./line_hash.ts";
import { Lines } from "./lines.ts";
import type { LogReader } from "./log_reader.ts";
import { MOST_LINES, type Place, PROBE, type SeenLines } from "./seen_lines.ts";

/** What a {@linkcode FileImport} works with. */
export interface FileImportOptions {
  reader: LogReader;
  /** Null: every line is taken for a new one (`--again`). */
  seen: SeenLines | null;
  /** Null: nothing is written (`--dry-run`). */
  writer: BulkWriter | null;
  now: () => number;
  retentionMs: number;
  /** Called with the records of each batch before it is written. */
  onRecords?: (records: readonly RequestRecord[]) => void;
}

/** A run goes on no longer than this, whatever its lines. */
const LONGEST_RUN = 4_096;
/** How far a line that is not where it is expected is looked for. */
const LOOK_AHEAD = 64;
/** Records that are written together. */
const BATCH = 8_000;

/**
 * Takes a file's lines in order, and hands the records of those that were not imported before to the
 * writer. Lines that stand where an earlier import had them are known, in whatever file: one that
 * has grown, was renamed or packed, is a part of another or has a line that differs.
 *
 * What is written and the lines that it is of are stored in one commit, so an import that ended
 * halfway goes on where it was.
 */
export class FileImport {
  /** Lines that were imported before, and are not counted again. */
  known = 0;
  lines = 0;
  readonly #options: FileImportOptions;
  readonly #run: RunHash | null;
  #lines = new Lines();
  #hashes: number[] = [];
  #last = 0;
  /** Where among the stored lines this file is; undefined at its start, null where nowhere. */
  #place: Place | null | undefined;
  /** The first run, until the next one tells where it is. */
  #held: { lines: Lines; hashes: number[]; run: number } | null = null;
  #previous = 0;
  /** How often this file has had runs that are known: what comes more often than before is new. */
  readonly #used = new Map<number, number>();
  #records: RequestRecord[] = [];
  #written = {
    runs: [] as number[],
    lengths: [] as number[],
    lines: [] as number[],
  };
  readonly #session = crypto.randomUUID().slice(0, 8);
  #n = 0;

  constructor(options: FileImportOptions) {
    this.#options = options;
    this.#run = options.seen && new RunHash(options.seen.key);
  }

  /** Takes the next lines, and their numbers where anything is remembered. */
  async take(lines: Lines, hashes: ArrayLike<number>): Promise<void> {
    this.lines += lines.length;
    const { seen } = this.#options;
    if (seen === null) {
      this.#read(lines);
      if (this.#records.length >= BATCH) await this.#write();
      return;
    }
    let from = 0;
    for (let i = 0; i < lines.length; i++) {
      const hash = hashes[i]!;
      this.#last = this.#run!.add(hash);
      this.#hashes.push(hash);
      // Where a line repeats itself, no cut: each would be the same run.
      const isEnd = endsRun(hash) && hash !== this.#previous;
      this.#previous = hash;
      const count = seen.count(this.#last);
      const isKnown = count > 0 && (this.#used.get(this.#last) ?? 0) < count;
      if (!isKnown && !isEnd && this.#hashes.length < LONGEST_RUN) continue;
      this.#lines.addSome(lines, from, i + 1);
      from = i + 1;
      if (isKnown) await this.#skip();
      else await this.#endRun();
    }
    // What the lines lie in is used again.
    if (this.#held !== null) this.#held.lines = this.#held.lines.copy();
    this.#lines.addSome(lines.slice(from).copy(), 0, lines.length - from);
  }

  /** Reads and stores all that was taken; more lines may come. */
  async flush(): Promise<void> {
    if (this.#lines.length > 0) await this.#endRun();
    await this.#settleHeld();
    this.#keep(this.#options.reader.finish());
    await this.#write();
    await this.#options.writer?.flush();
  }

  /** The same at the file's end: later files know its lines. */
  async end(): Promise<void> {
    await this.flush();
    this.#options.seen?.settle();
  }

  /** The lines since the last cut are a run that was imported. */
  async #skip(): Promise<void> {
    if (this.#held !== null) {
      const before = await this.#options.seen!.before(this.#last);
      this.#release(sameAtEnd(this.#held.hashes, before));
    }
    this.#used.set(this.#last, (this.#used.get(this.#last) ?? 0) + 1);
    this.#pass(this.#lines);
    this.#place = this.#options.seen!.after(this.#last);
    this.#lines = new Lines();
    this.#hashes = [];
    this.#run!.cut();
  }

  /** Known lines still say what the file is, and what its columns are. */
  #pass(lines: Lines): void {
    this.known += lines.length;
    this.#options.reader.learn(lines);
  }

  async #endRun(): Promise<void> {
    const lines = this.#lines;
    const hashes = this.#hashes;
    const run = this.#last;
    this.#lines = new Lines();
    this.#hashes = [];
    this.#run!.cut();
    await this.#settleHeld(hashes);
    const isFirst = this.#place === undefined;
    const known = await this.#align(hashes);
    if (known === null && isFirst && this.#options.seen!.size > 0) {
      this.#held = { lines, hashes, run };
      return;
    }
    this.#sort(lines, known);
    this.#note(run, hashes);
    const isFull = this.#written.lines.length > MOST_LINES - LONGEST_RUN;
    if (isFull || this.#records.length >= BATCH) await this.#write();
  }

  /** Reads lines, but for those that are known; null where none is. */
  #sort(lines: Lines, known: Uint8Array | null): void {
    if (known === null) {
      this.#read(lines);
      return;
    }
    for (let from = 0; from < lines.length;) {
      let to = from + 1;
      while (to < lines.length && known[to] === known[from]) to++;
      const part = lines.slice(from, to);
      if (known[from]) this.#pass(part);
      else this.#read(part);
      from = to;
    }
  }

  /**
   * The held run, which no known one followed: it is new, or from the middle of another file.
   *
   * @param next The lines behind it.
   */
  async #settleHeld(next: readonly number[] = []): Promise<void> {
    if (this.#held === null) return;
    const { lines, hashes, run } = this.#held;
    const { seen } = this.#options;
    // A line or two in common is chance, unless they are all there is: a run that was cut so short is
    // looked for together with what follows it.
    const probe = [...hashes, ...next].slice(0, PROBE);
    const isTelling = probe.length === PROBE || hashes.length === this.lines;
    const place = isTelling ? await seen!.find(probe, this.#session) : null;
    if (place === null) return this.#release(0);
    const stored = await seen!.linesFrom(place);
    const { known, count, end } = alignLines(hashes, stored);
    if (count * 2 < Math.min(hashes.length, stored.length)) {
      return this.#release(0);
    }
    this.#held = null;
    this.#sort(lines, known);
    this.#note(run, hashes);
    this.#place = { ...place, offset: place.offset + end };
  }

  /** Reads the run that was held, but for the lines at its end that turned out to be known. */
  #release(known: number): void {
    if (this.#held === null) return;
    const { lines, hashes, run } = this.#held;
    this.#held = null;
    const fresh = lines.length - known;
    this.#read(lines.slice(0, fresh));
    this.#pass(lines.slice(fresh));
    this.#note(run, hashes);
  }

  #note(run: number, hashes: readonly number[]): void {
    this.#written.runs.push(run);
    this.#written.lengths.push(hashes.length);
    for (const hash of hashes) this.#written.lines.push(hash);
  }

  /** Which lines of a run that is not known are, by where the lines before them were; null for none. */
  async #align(hashes: readonly number[]): Promise<Uint8Array | null> {
    const { seen } = this.#options;
    if (this.#place === null || seen!.size === 0) {
      this.#place = null;
      return null;
    }
    const places = this.#place ? [this.#place] : seen!.beginnings();
    for (const place of places) {
      const stored = await seen!.linesFrom(place);
      const { known, count, end } = alignLines(hashes, stored);
      // A line or two in common is chance; a file that differs a little has most of them.
      if (count === 0 || count * 2 < Math.min(hashes.length, stored.length)) {
        continue;
      }
      this.#place = { ...place, offset: place.offset + end };
      return known;
    }
    this.#place = null;
    return null;
  }

  #read(lines: Lines): void {
    this.#keep(this.#options.reader.readLines(lines));
  }

  #keep(records: readonly (RequestRecord | null)[]): void {
    for (const record of records) {
      if (record !== null) this.#records.push(record);
    }
  }

  async #write(): Promise<void> {
    const { seen, writer, now, retentionMs, onRecords } = this.#options;
    // What waits for the format to be decided belongs to these lines.
    if (seen !== null) this.#keep(this.#options.reader.finish());
    const records = this.#records;
    const { runs, lengths, lines } = this.#written;
    if (records.length === 0 && runs.length === 0) return;
    this.#records = [];
    this.#written = { runs: [], lengths: [], lines: [] };
    onRecords?.(records);
    if (writer === null) return;
    const name = nameOf(runs[0] ?? null);
    await writer.write(records, name, (commit) => {
      if (seen === null || runs.length === 0) return;
      const expiresAt = now() + retentionMs;
      const session = this.#session;
      seen.add(commit, {
        session,
        n: this.#n++,
        runs,
        lengths,
        lines,
        expiresAt,
      });
    });
  }
}

/** The same lines get the same name, so that writing them again changes nothing. */
function nameOf(run: number | null): string {
  return run === null
    ? crypto.randomUUID().slice(0, 8)
    : `i${run.toString(36)}`;
}

/** How many lines two lists have in common at their ends. */
function sameAtEnd(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let count = 0;
  while (
    count < a.length && count < b.length &&
    a[a.length - 1 - count] === b[b.length - 1 - count]
  ) count++;
  return count;
}

/** Finds the lines of one list in another, in order; a few may be missing in either. */
function alignLines(
  lines: readonly number[],
  stored: ArrayLike<number>,
): { known: Uint8Array; count: number; end: number } {
  const known = new Uint8Array(lines.length);
  let at = 0;
  let count = 0;
  for (let i = 0; i < lines.length && at < stored.length; i++) {
    const limit = Math.min(stored.length, at + LOOK_AHEAD);
    for (let j = at; j < limit; j++) {
      if (stored[j] !== lines[i]) continue;
      known[i] = 1;
      count++;
      at = j + 1;
      break;
    }
  }
  return { known, count, end: at };
}
