import type { BulkWriter } from "../log/bulk_writer.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { endOfRun, endsRun, RunHash } from "./line_hash.ts";
import { Lines } from "./lines.ts";
import type { LogReader } from "./log_reader.ts";
import {
  MOST_LINES,
  type Place,
  PROBE,
  type SeenLines,
  type Span,
} from "./seen_lines.ts";
import { hoursOf, type UnjudgedHours } from "./unjudged_hours.ts";

/** Options of a {@linkcode FileImport}. */
export interface FileImportOptions {
  reader: LogReader;
  /** Null: every line is treated as new (`--again`). */
  seen: SeenLines | null;
  /** Null: nothing is written (`--dry-run`). */
  writer: BulkWriter | null;
  /** Where hours are kept until detection has run over them. */
  unjudged?: UnjudgedHours;
  now: () => number;
  retentionMs: number;
  /** Called with the records of each batch before it is written. */
  onRecords?: (records: readonly RequestRecord[]) => void;
}

/** A run that is not known as a whole. */
interface Held {
  lines: Lines;
  hashes: number[];
  run: number;
  /** Which of its lines are known so far. */
  known: Uint8Array;
  /**
   * It is at the start of the file or next to known lines: other lines of it may be known from
   * another import.
   */
  isBeside: boolean;
}

/** Maximum length of a run, whatever its lines. */
const LONGEST_RUN = 4_096;
/** How far ahead a line is searched if it is not at the expected position. */
const LOOK_AHEAD = 64;
/**
 * This many different lines do not match by chance at the start or end of an import; the last lines
 * are identified by as many.
 */
const FEWEST = 4;
/** How many times a run's lines are searched in all stored lines. */
const MOST_SEARCHES = 4;
/** Number of records written together. */
const BATCH = 8_000;

/**
 * Takes a file's lines in order, and passes the records of lines that were not imported before to
 * the writer. A line is known if it has the same position as in an earlier import, in any file: one
 * that has grown, was renamed or compressed, is a part of another or has a line that differs.
 *
 * Records and the hashes of their lines are stored in one commit, so an interrupted import
 * continues where it stopped.
 */
export class FileImport {
  /** Lines that were imported before and are not counted again. */
  known = 0;
  lines = 0;
  readonly #options: FileImportOptions;
  readonly #run: RunHash | null;
  #lines = new Lines();
  #hashes: number[] = [];
  #last = 0;
  /** Position of this file in the stored lines; undefined at its start, null if unknown. */
  #place: Place | null | undefined;
  /**
   * The last run that is not known as a whole; kept until the next run shows more of its lines to
   * be known.
   */
  #held: Held | null = null;
  /** Stored lines that were matched to this file already: a repetition is new. */
  readonly #had: Span[] = [];
  #previous = 0;
  /** How often this file has had known runs: a run that occurs more often than before is new. */
  readonly #used = new Map<number, number>();
  #records: RequestRecord[] = [];
  #written = {
    runs: [] as number[],
    lengths: [] as number[],
    ends: [] as number[],
    lines: [] as number[],
  };
  readonly #session = crypto.randomUUID().slice(0, 8);
  #n = 0;

  constructor(options: FileImportOptions) {
    this.#options = options;
    this.#run = options.seen && new RunHash(options.seen.key);
  }

  /** Takes the next lines, and their hashes if imports are remembered. */
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
      // No cut between equal lines: each would be the same run.
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
    // The buffer of the lines is reused.
    if (this.#held !== null) this.#held.lines = this.#held.lines.copy();
    this.#lines.addSome(lines.slice(from).copy(), 0, lines.length - from);
  }

  /** Reads and stores all lines taken so far; more may follow. */
  async flush(): Promise<void> {
    if (this.#lines.length > 0) await this.#endRun();
    await this.#settleHeld();
    this.#keep(this.#options.reader.finish());
    await this.#write();
    await this.#options.writer?.flush();
  }

  /** The same at the end of the file: later files know its lines. */
  async end(): Promise<void> {
    if (this.#lines.length > 0) await this.#endRun();
    await this.#findEnd();
    await this.flush();
    this.#options.seen?.settle();
  }

  /** Skips the lines since the last cut, a run that was imported before. */
  async #skip(): Promise<void> {
    const seen = this.#options.seen!;
    if (this.#held !== null) {
      const before = await seen.before(this.#last);
      const { hashes, known } = this.#held;
      const same = sameAtEnd(hashes, before);
      known.fill(1, hashes.length - same);
      this.#held.isBeside ||= same > 0;
      await this.#settleHeld();
    }
    this.#used.set(this.#last, (this.#used.get(this.#last) ?? 0) + 1);
    this.#have(seen.span(this.#last)!);
    this.#pass(this.#lines);
    this.#place = seen.after(this.#last);
    this.#lines = new Lines();
    this.#hashes = [];
    this.#run!.cut();
  }

  /** Known lines still show the file's format and its columns. */
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
    const ending = await this.#knownEnd(hashes);
    await this.#settleHeld(hashes);
    const isBeside = this.#place !== null || ending > 0;
    const known = await this.#align(hashes) ?? new Uint8Array(hashes.length);
    if (ending > 0) {
      known.fill(1, hashes.length - ending);
      this.#place = this.#options.seen!.behind(
        endOfRun(hashes, this.#options.seen!.key),
      );
    }
    this.#held = { lines, hashes, run, known, isBeside };
    if (this.#options.seen!.size === 0) await this.#settleHeld();
  }

  /**
   * How many lines at the end of a run are known, because a known run ends with them; marks those
   * of the held run, too.
   */
  async #knownEnd(hashes: readonly number[]): Promise<number> {
    const seen = this.#options.seen!;
    const place = seen.behind(endOfRun(hashes, seen.key));
    if (place === null) return 0;
    if (!this.#isFree({ ...place, offset: place.offset - 1 })) return 0;
    const before = await seen.linesBefore(place);
    const same = sameAtEnd(hashes, before);
    let from = place.offset - same;
    const held = this.#held;
    if (held !== null && same === hashes.length) {
      const more = sameAtEnd(held.hashes, before.subarray(0, from));
      held.known.fill(1, held.hashes.length - more);
      held.isBeside ||= more > 0;
      from -= more;
    }
    this.#have({ ...place, from, to: place.offset });
    return same;
  }

  /** Reads the lines that are not known. */
  #sort(lines: Lines, known: Uint8Array): void {
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
   * Reads the lines of the held run that are not known: neither from the position of the lines
   * before it nor from the middle of another file.
   *
   * @param next The lines after it.
   */
  async #settleHeld(next: readonly number[] = []): Promise<void> {
    const held = this.#held;
    if (held === null) return;
    if (held.isBeside && this.#options.seen!.size > 0) {
      await this.#findOthers(held, next);
      await this.#closeGaps(held);
    }
    this.#held = null;
    const { lines, hashes, run, known } = held;
    this.#sort(lines, known);
    // A run that is known as a whole is stored already.
    if (!known.includes(0)) return;
    for (const hash of hashes) this.#written.lines.push(hash);
    this.#written.runs.push(run);
    this.#written.lengths.push(hashes.length);
    this.#written.ends.push(endOfRun(hashes, this.#options.seen!.key) ?? 0);
    const isFull = this.#written.lines.length > MOST_LINES - LONGEST_RUN;
    if (isFull || this.#records.length >= BATCH) await this.#write();
  }

  /** Searches all imports for the lines next to known ones. */
  async #findOthers(
    { hashes, known }: Held,
    next: readonly number[],
  ): Promise<void> {
    const seen = this.#options.seen!;
    let from = 0;
    for (let tries = 0; tries < MOST_SEARCHES; tries++) {
      from = known.indexOf(0, from);
      if (from < 0) return;
      const end = known.indexOf(1, from);
      const to = end < 0 ? hashes.length : end;
      // A few lines in common can be chance, unless the file has no others: a short rest of a run
      // is searched together with the lines after it.
      const probe = [...hashes.slice(from), ...next];
      if (probe.length < PROBE && hashes.length !== this.lines) return;
      let place = await seen.find(probe, this.#session, this.#isFree);
      if (place === null && to - from >= 2 * PROBE) {
        // The first lines may be the last ones of another import.
        place = await seen.find(
          probe.slice(PROBE),
          this.#session,
          this.#isFree,
        );
        if (place !== null) {
          const before = await seen.linesBefore(place);
          const skipped = hashes.slice(from, from + PROBE);
          const same = sameAtEnd(skipped, before);
          from += PROBE;
          known.fill(1, from - same, from);
        }
      }
      if (place === null) {
        from = to;
        continue;
      }
      const stored = await seen.linesFrom(place);
      const { known: more, end: matched } = alignLines(
        hashes.slice(from, to),
        stored,
      );
      this.#have({ ...place, from: place.offset, to: place.offset + matched });
      known.set(more, from);
      if (to === hashes.length) {
        this.#place = { ...place, offset: place.offset + matched };
      }
    }
  }

  /**
   * For lines too few to be searched in all imports, checks whether they were the last or the first
   * ones of another import: if a log was cut twice, such lines remain between the cuts.
   */
  async #closeGaps({ hashes, known }: Held): Promise<void> {
    for (
      let from = known.indexOf(0);
      from >= 0;
      from = known.indexOf(0, from)
    ) {
      const end = known.indexOf(1, from);
      const to = end < 0 ? hashes.length : end;
      const gap = hashes.slice(from, to);
      from = to;
      // A repeated line cannot be identified.
      if (gap.length >= PROBE || new Set(gap).size < FEWEST) continue;
      const span = await this.#lastOnes(gap) ?? await this.#firstOnes(gap);
      if (span === null) continue;
      this.#have(span);
      known.fill(1, to - gap.length, to);
    }
  }

  async #lastOnes(gap: readonly number[]): Promise<Span | null> {
    const seen = this.#options.seen!;
    const place = seen.behind(endOfRun(gap, seen.key));
    if (place === null) return null;
    const from = place.offset - gap.length;
    if (from < 0 || !this.#isFree({ ...place, offset: from })) return null;
    if (!this.#isFree({ ...place, offset: place.offset - 1 })) return null;
    const before = await seen.linesBefore(place);
    return sameAtEnd(gap, before) === gap.length
      ? { ...place, from, to: place.offset }
      : null;
  }

  async #firstOnes(gap: readonly number[]): Promise<Span | null> {
    const seen = this.#options.seen!;
    for (const place of seen.beginnings()) {
      if (place.session === this.#session || !this.#isFree(place)) continue;
      const stored = await seen.linesFrom(place);
      if (!gap.every((hash, i) => stored[i] === hash)) continue;
      const to = place.offset + gap.length;
      if (!this.#isFree({ ...place, offset: to - 1 })) continue;
      return { ...place, from: place.offset, to };
    }
    return null;
  }

  /** Searches for the file's last lines, which no known run follows. */
  async #findEnd(): Promise<void> {
    const held = this.#held;
    const { seen } = this.#options;
    if (held === null || seen === null || seen.size === 0) return;
    const { hashes, known } = held;
    const from = Math.max(known.lastIndexOf(1) + 1, hashes.length - PROBE);
    const probe = hashes.slice(from);
    if (probe.length < PROBE) return;
    const place = await seen.find(probe, this.#session, this.#isFree);
    if (place === null) return;
    const before = await seen.linesBefore({
      ...place,
      offset: place.offset + PROBE,
    });
    const same = sameAtEnd(hashes, before);
    known.fill(1, hashes.length - same);
    const to = place.offset + PROBE;
    this.#have({ ...place, from: to - same, to });
  }

  #have(span: Span): void {
    const last = this.#had.at(-1);
    if (
      last && last.session === span.session && last.n === span.n &&
      last.to === span.from
    ) last.to = span.to;
    else this.#had.push({ ...span });
  }

  readonly #isFree = ({ session, n, offset }: Place): boolean =>
    !this.#had.some((span) =>
      span.session === session && span.n === n && offset >= span.from &&
      offset < span.to
    );

  /** Which lines of a run are known, from the position of the lines before it; null for none. */
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
      // A few lines in common can be chance; a slightly different file has most of them.
      if (count === 0 || count * 2 < Math.min(hashes.length, stored.length)) {
        continue;
      }
      this.#have({ ...place, from: place.offset, to: place.offset + end });
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
    const { seen, writer, unjudged, now, retentionMs, onRecords } =
      this.#options;
    // Lines waiting for the format to be decided belong to this write.
    if (seen !== null) this.#keep(this.#options.reader.finish());
    const records = this.#records;
    const { runs, lengths, ends, lines } = this.#written;
    if (records.length === 0 && runs.length === 0) return;
    this.#records = [];
    this.#written = { runs: [], lengths: [], ends: [], lines: [] };
    onRecords?.(records);
    if (writer === null) return;
    const name = nameOf(runs[0] ?? null);
    const hours = unjudged && hoursOf(records);
    await writer.write(records, name, (commit) => {
      if (hours) unjudged.add(commit, hours);
      if (seen === null || runs.length === 0) return;
      const expiresAt = now() + retentionMs;
      const session = this.#session;
      seen.add(commit, {
        session,
        n: this.#n++,
        runs,
        lengths,
        ends,
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

/** Finds the lines of one list in another, in order; either may lack a few. */
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
