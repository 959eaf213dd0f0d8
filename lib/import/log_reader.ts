import type { RequestRecord } from "../log/request_record.ts";
import { isDefinition } from "./definition.ts";
import { diagnose, type Diagnosis, lacking, NAMES } from "./diagnose.ts";
import type { LogEntry } from "./entry.ts";
import { definitionReader, type LineReader } from "./format.ts";
import { FORMATS } from "./formats/mod.ts";
import { isJoinedJson, JoinedJson } from "./joined_json.ts";
import { Lines, textOf, textsOf } from "./lines.ts";
import type { LogClients } from "./log_client.ts";
import { compileQuick, type QuickReader } from "./quick_reader.ts";
import { readersOf, readPeeled, recognise } from "./recognise.ts";
import { toRecord } from "./to_record.ts";
import { DAY } from "../base/duration.ts";

/** Options for {@linkcode LogReader}. */
export interface LogReaderOptions {
  clientOf: LogClients;
  now: () => number;
  /** `CLIENT_IP_HEADER`. */
  header?: string;
  /** A format's name or a definition; by default, the first lines decide. */
  format?: string;
}

/** Counts of a file's lines so far. */
export interface LineCounts {
  requests: number;
  /** In no known format, too long, or in several pieces. */
  unparsable: number;
  /** Part of the format but without a request, such as `#Fields` or another logger's object. */
  notes: number;
  /** Requests that are skipped because the line has no time. */
  noTime: number;
  /** Requests that are skipped because the line has no address, or a name instead of it. */
  noAddress: number;
  /** Requests that are skipped because their time is impossible. */
  implausible: number;
}

/** A line that is not imported, for display. */
export interface BadLine {
  number: number;
  line: string;
  why: string;
}

const BEGIN = Date.UTC(1995, 0, 1);
const AHEAD_MS = DAY;
/** Number of lines that decide the format. */
const SAMPLE = 200;
/** After this many lines that do not fit the format, it may have changed. */
const IN_DOUBT = 100;
const SHOWN = 3;
const SHOWN_LENGTH = 500;
const NO_TIME = "it has no time";
/** `journalctl -o export` */
const JOURNAL = /^_{0,2}[A-Z][A-Z\d_]{2,63}=/;
const OPEN_BRACE = 123;
const ESCAPE = 27;

/**
 * Converts a file's lines to records. The first lines decide the format; other lines are counted,
 * and if the format changes within the file, it is detected again.
 */
export class LogReader {
  readonly counts: LineCounts = {
    requests: 0,
    unparsable: 0,
    notes: 0,
    noTime: 0,
    noAddress: 0,
    implausible: 0,
  };
  /** The first lines that are not imported. */
  readonly bad: BadLine[] = [];
  /** The first requests read. */
  readonly first: { entry: LogEntry; record: RequestRecord }[] = [];
  /** The detected format: its name and description; null while none fits. */
  recognised: { name: string; about: string; isWrapped: boolean } | null = null;
  #readers: LineReader[] = [];
  /** A reader for the first of them; undefined until it is looked up. */
  #quick: QuickReader | null | undefined;
  #likely: readonly number[] = [];
  #waiting: string[] = [];
  #doubted: string[] = [];
  /** Records of lines that were in doubt. */
  #late: RequestRecord[] = [];
  #seen = 0;
  #isWithoutBoth = false;
  /** A time that was not too far ahead when the clock was asked last. */
  #latest = 0;
  /** Joins objects that span several lines; undefined before the first line. */
  #joined: JoinedJson | null | undefined;
  /** The last known lines, while their format is not detected. */
  #untold: string[] = [];
  /** The first line that shows why nothing can be read; a start message does not. */
  #telling: BadLine | null = null;
  /** Requests without a time or an address. */
  #refused = 0;
  readonly #options: LogReaderOptions;

  /** @throws {SyntaxError} if `format` is neither a name nor a definition. */
  constructor(options: LogReaderOptions) {
    this.#options = options;
    const { format, header } = options;
    if (format === undefined) return;
    const known = FORMATS.find(({ name }) => name === format);
    if (known) {
      this.#readers = readersOf(known, { header });
      this.recognised = { ...known, isWrapped: false };
    } else if (isDefinition(format)) {
      this.#readers = [definitionReader(format, header)];
      this.recognised = {
        name: "definition",
        about: "as defined",
        isWrapped: false,
      };
    } else {
      throw new SyntaxError(
        `Cannot read format "${format}": expected a definition or one of ${
          FORMATS.map(({ name }) => name).join(", ")
        }`,
      );
    }
  }

  /**
   * The records of the next lines; an entry is null if a line has none. Lines wait while the format
   * is not decided: then fewer are returned, and more later.
   */
  read(lines: readonly string[]): (RequestRecord | null)[] {
    return this.readLines(Lines.of(lines));
  }

  /** The same for bytes. */
  readLines(all: Lines): (RequestRecord | null)[] {
    const lines = this.#whole(all);
    if (this.recognised !== null) return this.#readAll(lines);
    this.#waiting.push(...lines.texts());
    return this.#waiting.length < SAMPLE ? [] : this.#decide();
  }

  /** Lines with a whole object each, if a file has objects over several lines. */
  #whole(lines: Lines): Lines {
    if (this.#joined === undefined && lines.length > 0) {
      const [first = ""] = lines.slice(0, 1).texts();
      this.#joined = isJoinedJson(first) ? new JoinedJson() : null;
    }
    if (!this.#joined) return lines;
    const objects = Lines.of(this.#joined.take(lines.texts()));
    this.skip(this.#joined.tooLong());
    return objects;
  }

  /**
   * The records of waiting lines; call it after the last line, or when no more may come for a
   * while.
   */
  finish(): (RequestRecord | null)[] {
    return this.#waiting.length === 0 ? [] : this.#decide();
  }

  /**
   * Frees what makes reading fast, some 12 MB: a report on a file keeps its reader. If it reads on,
   * that is made again.
   */
  rest(): void {
    this.#quick = undefined;
  }

  /** Learns the file's format from lines that are not to be read. */
  learn(all: Lines): void {
    const lines = this.#whole(all);
    this.#seen += lines.length;
    if (this.recognised === null) {
      const texts = lines.texts();
      this.#take(texts);
      // For example column names without a row: the next lines need them.
      if (this.recognised === null) {
        this.#untold = this.#untold.concat(texts).slice(-SAMPLE / 2);
        return;
      }
      this.#report();
    }
    this.#direct(lines.texts());
  }

  #report(): void {
    this.#direct(this.#untold);
    this.#untold = [];
  }

  /** Passes the readers the directives that later lines need. */
  #direct(lines: readonly string[]): void {
    const readers = this.#readers.filter((reader) => reader.isDirective);
    if (readers.length === 0) return;
    for (const line of lines) {
      if (!readers.some((each) => each.isDirective!(line))) continue;
      this.#begin();
      readPeeled(line, this.#readers, this.#likely);
    }
  }

  /** Counts lines that were too long to be read. */
  skip(count: number): void {
    this.counts.unparsable += count;
    this.#seen += count;
  }

  /** Why nothing could be read: for the first line that is not imported. */
  reason(): Diagnosis & { number: number; line: string } | null {
    const { counts, bad } = this;
    // A program's start message says less than its first request.
    const first = this.#telling ?? bad[0];
    if (first === undefined) return null;
    const found = diagnose(first.line, this.#readers[0]);
    if (counts.noAddress > 0) {
      const likely = first.why.endsWith("is not an address")
        ? NAMES
        : "Its lines have no address: configure the server to log the client's address.";
      return { ...found, ...first, likely };
    }
    if (counts.noTime > 0) {
      const likely = lacking(first.line, !this.#isWithoutBoth);
      return { ...found, expected: "a time", ...first, likely };
    }
    if (counts.implausible > 0 && counts.unparsable === 0) {
      return {
        ...found,
        ...first,
        expected: "a time after 1995 and not in the future",
        likely: "Its times are impossible: is this machine's clock right?",
      };
    }
    return { ...found, ...first };
  }

  #decide(): (RequestRecord | null)[] {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#take([...this.#untold, ...lines]);
    this.#report();
    return this.#readAll(Lines.of(lines));
  }

  /** Adds the readers of the format that reads most of these lines. */
  #take(lines: readonly string[]): void {
    const found = recognise(lines.slice(0, SAMPLE), this.#options);
    if (found === null) return;
    this.#readers = [...found.readers, ...this.#readers].slice(0, 6);
    this.#quick = undefined;
    const { name, about } = found.format;
    this.recognised ??= { name, about, isWrapped: false };
  }

  #readAll(lines: Lines): (RequestRecord | null)[] {
    const records: (RequestRecord | null)[] = [];
    for (const part of lines.parts) {
      if (this.#quickly() === null) {
        for (const text of textsOf(part)) records.push(this.#readOne(text));
        continue;
      }
      const { bytes, places, from, to } = part;
      for (let i = from; i < to; i++) {
        const start = places[2 * i]!;
        const end = places[2 * i + 1]!;
        const record = this.#readQuickly(bytes, start, end) ??
          this.#readOne(textOf(bytes, start, end));
        records.push(record);
      }
    }
    if (this.#late.length > 0) records.push(...this.#late.splice(0));
    return records;
  }

  /** In most files, nearly every line has the format of the one before, without a prefix. */
  #quickly(): QuickReader | null {
    // The first ones are kept as they are read.
    if (this.#likely.length > 0 || this.first.length < SHOWN) return null;
    if (this.#quick === undefined) {
      const plan = this.#readers[0]?.plan;
      this.#quick = plan ? compileQuick(plan, this.#options.clientOf) : null;
    }
    return this.#quick;
  }

  #readQuickly(
    bytes: Uint8Array,
    start: number,
    end: number,
  ): RequestRecord | null {
    const record = this.#quickly()?.(bytes, start, end) ?? null;
    if (record === null || !this.#isPlausible(record.timestamp)) return null;
    if (this.#doubted.length > 0) this.#doubted = [];
    this.#seen++;
    this.counts.requests++;
    return record;
  }

  #begin(): void {
    for (const reader of this.#readers) reader.next?.();
  }

  #readOne(line: string, mayDoubt = true): RequestRecord | null {
    this.#seen++;
    this.#begin();
    const first = line.charCodeAt(0);
    const isBare = this.#likely.length === 0 && first !== OPEN_BRACE &&
      first !== ESCAPE;
    const plain = isBare ? this.#readers[0]?.read(line, null) : null;
    if (
      plain && plain !== "note" && plain.time !== null &&
      (plain.method !== null || !line.includes("\x1b["))
    ) {
      const ip = this.#options.clientOf(plain);
      if (ip !== null) return this.#accept(line, plain, plain.time, ip);
    }
    const found = readPeeled(line, this.#readers, this.#likely);
    if (found === null) return this.#unread(line, mayDoubt);
    if (found.entry === "note") {
      this.counts.notes++;
      return null;
    }
    if (found.layers !== this.#likely) {
      this.#likely = found.layers;
      if (found.layers.length > 0) this.recognised!.isWrapped = true;
    }
    const { entry } = found;
    const { time } = entry;
    if (time === null) {
      this.counts.noTime++;
      this.#isWithoutBoth ||= entry.peer === null && entry.forwarded === null;
      return this.#refuse(line, NO_TIME);
    }
    const ip = this.#options.clientOf(entry);
    if (ip === null) {
      const other = this.#readers.length > 1 ? this.#other(line) : null;
      if (other !== null) return other;
      this.counts.noAddress++;
      return this.#refuse(line, this.#options.clientOf.explain(entry).why);
    }
    return this.#accept(line, entry, time, ip);
  }

  #accept(
    line: string,
    entry: LogEntry,
    time: number,
    ip: string,
  ): RequestRecord | null {
    if (this.#doubted.length > 0) this.#doubted = [];
    if (!this.#isPlausible(time)) {
      this.counts.implausible++;
      return this.#show(line, `${isoDate(time)} is impossible`);
    }
    const record = toRecord(entry as LogEntry & { time: number }, ip);
    this.counts.requests++;
    if (this.first.length < SHOWN) {
      this.first.push({ entry, record: { ...record } });
    }
    return record;
  }

  #isPlausible(time: number): boolean {
    if (time >= BEGIN && time <= this.#latest) return true;
    // The clock is only asked again for what seems to be in the future.
    this.#latest = this.#options.now() + AHEAD_MS;
    return time >= BEGIN && time <= this.#latest;
  }

  /**
   * A host name that the first reader takes for the client may be a virtual host in another format.
   */
  #other(line: string): RequestRecord | null {
    const found = readPeeled(line, this.#readers.slice(1), this.#likely);
    if (found === null || found.entry === "note") return null;
    const ip = this.#options.clientOf(found.entry);
    if (ip === null || found.entry.time === null) return null;
    return this.#accept(line, found.entry, found.entry.time, ip);
  }

  #unread(line: string, mayDoubt: boolean): null {
    // A JSON array's first and last line, and the journal's other fields.
    if (line === "[" || line === "]" || JOURNAL.test(line)) {
      this.counts.notes++;
      return null;
    }
    this.counts.unparsable++;
    if (mayDoubt) this.#doubted.push(line);
    if (this.#doubted.length === IN_DOUBT) {
      const lines = this.#doubted;
      this.#doubted = [];
      this.#take(lines);
      this.counts.unparsable -= lines.length;
      this.#seen -= lines.length;
      while ((this.bad.at(-1)?.number ?? 0) > this.#seen) this.bad.pop();
      for (const each of lines) {
        const record = this.#readOne(each, false);
        if (record !== null) this.#late.push(record);
      }
    }
    const isShown = this.bad.length < SHOWN;
    const mayTell = this.#telling === null && this.counts.requests === 0 &&
      this.counts.unparsable <= SAMPLE;
    if (!isShown && !mayTell) return null;
    const { column, expected, likely } = diagnose(line, this.#readers[0]);
    const why = `expected ${expected} at column ${column}`;
    if (likely !== null) this.#tell(line, why);
    return isShown ? this.#show(line, why) : null;
  }

  #tell(line: string, why: string): void {
    this.#telling ??= {
      number: this.#seen,
      line: line.slice(0, SHOWN_LENGTH),
      why,
    };
  }

  /** A line that has no record, but is a request. */
  #refuse(line: string, why: string): null {
    if (this.#refused === 0) this.#telling = null;
    this.#refused++;
    this.#tell(line, why);
    return this.#show(line, why);
  }

  #show(line: string, why: string): null {
    if (this.bad.length < SHOWN) {
      this.bad.push({
        number: this.#seen,
        line: line.slice(0, SHOWN_LENGTH),
        why,
      });
    }
    return null;
  }
}

function isoDate(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? "its time"
    : date.toISOString().slice(0, 10);
}
