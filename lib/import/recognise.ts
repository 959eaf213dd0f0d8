import type { LogEntry } from "./entry.ts";
import {
  type LineReader,
  type LogFormat,
  openLayout,
  type ReaderOptions,
} from "./format.ts";
import { FORMATS } from "./formats/mod.ts";
import { addressIn } from "./log_client.ts";
import { MOST_LAYERS, parsed, peel, type Peeled, PEELERS } from "./peel.ts";

/** How a line was read. */
export interface ReadLine {
  entry: LogEntry | "note";
  /** The ways in which it was unwrapped, outermost first. */
  layers: readonly number[];
  /** Without its wrapping. */
  line: string;
}

/** Number of ways to unwrap that are tried on a line that no reader knows. */
const MOST_TRIES = 24;

/**
 * Reads a line with one of several readers, with any wrapping; the ways that worked for the
 * previous line are tried first. Null if no reader knows it.
 */
export function readPeeled(
  line: string,
  readers: readonly LineReader[],
  likely: readonly number[] = [],
): ReadLine | null {
  const first = parsed(withoutColours(line));
  let note: ReadLine | null = null;
  let unsound: ReadLine | null = null;

  const attempt = (peeled: Peeled, layers: readonly number[]) => {
    for (const reader of readers) {
      const entry = reader.read(peeled.line, peeled.json);
      if (entry === null) continue;
      const read = { entry, layers, line: peeled.line };
      if (entry === "note") note ??= read;
      // `May 17 10:05:03 web1` may be taken for a user name.
      else if (isSound(entry)) return read;
      else unsound ??= read;
    }
    return null;
  };

  if (likely.length > 0) {
    let peeled: Peeled | null = first;
    for (const way of likely) peeled = peeled && peel(peeled, way);
    const read = peeled && attempt(peeled, likely);
    if (read) return read;
  }
  const whole = attempt(first, []);
  if (whole !== null) return whole;
  // Breadth first, to remove as little as possible.
  const queue: [Peeled, readonly number[]][] = [[first, []]];
  for (let tries = 0; queue.length > 0 && tries < MOST_TRIES;) {
    const [outer, layers] = queue.shift()!;
    if (layers.length === MOST_LAYERS) continue;
    for (let way = 0; way < PEELERS && tries < MOST_TRIES; way++) {
      const inner = peel(outer, way);
      if (inner === null) continue;
      tries++;
      const read = attempt(inner, [...layers, way]);
      if (read !== null) return read;
      queue.push([inner, [...layers, way]]);
    }
  }
  return unsound ?? note;
}

// deno-lint-ignore no-control-regex
const COLOUR = /\x1b\[[\d;]{0,16}m/g;

/** Loggers write colour codes, into files as well. */
function withoutColours(line: string): string {
  return line.includes("\x1b[") ? line.replace(COLOUR, "") : line;
}

/** The detected format of a file's lines. */
export interface Recognised {
  format: LogFormat;
  readers: LineReader[];
}

/**
 * Finds the format that reads most of a file's first lines; of equals, the most specific. Null if
 * none reads any of them.
 */
export function recognise(
  lines: readonly string[],
  options: Pick<ReaderOptions, "header"> = {},
): Recognised | null {
  let best: LogFormat | null = null;
  let most = 0;
  let inner: string[] = [];
  for (const format of FORMATS) {
    const readers = [openLayout(format.layout, { ...options, sample: lines })];
    const read: string[] = [];
    let likely: readonly number[] = [];
    let score = 0;
    for (const line of lines) {
      readers[0]!.next?.();
      const found = readPeeled(line, readers, likely);
      if (found === null || found.entry === "note") continue;
      likely = found.layers;
      read.push(found.line);
      // Names count as addresses only if nothing else can be read from a line.
      score += isSound(found.entry) ? isInOrder(found.entry) ? 1 : 0.5 : 0.01;
    }
    if (score <= most) continue;
    best = format;
    most = score;
    inner = read;
    if (most === lines.length) break;
  }
  return best && {
    format: best,
    readers: readersOf(best, { ...options, sample: inner }),
  };
}

/** Whether it can become a record: it has a time and an address. */
function isSound({ time, peer, forwarded }: LogEntry): boolean {
  if (time === null) return false;
  if (peer === null) return forwarded !== null;
  return addressIn(peer) !== null;
}

/** Whether the referrer and the user agent are not swapped. */
function isInOrder({ referrer, userAgent }: LogEntry): boolean {
  return referrer === null || userAgent === null ||
    /^(?:[a-z-]+:|\/)/i.test(referrer) || !/^https?:\/\//i.test(userAgent);
}

/** A format's reader, and that of its relatives: a log's lines are rarely all alike. */
export function readersOf(
  format: LogFormat,
  options: ReaderOptions,
): LineReader[] {
  const { layout } = format;
  const readers = [openLayout(layout, options)];
  if ("definition" in layout || "pattern" in layout) {
    readers.push(openLayout({ by: "clf" }, options));
  } else if ("json" in layout) {
    readers.push(openLayout({ by: "any_json" }, options));
  }
  return readers;
}
