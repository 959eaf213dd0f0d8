import { MINUTE } from "../base/duration.ts";
import { textOf } from "./lines.ts";
import { parseLogTime } from "./log_time.ts";
import type { Role } from "./roles.ts";

/**
 * Finds the fields of lines by their bytes, if the definition makes the end of each field plain: a
 * regular expression creates an object with a text for each group, which costs more than all other
 * processing of a line.
 *
 * @module
 */

/** A field and the text before it. */
export interface Step {
  /** A space in it matches any number of them. */
  text: string;
  role: Role;
  /**
   * How it ends; `sourceOf` in definition.ts has the equivalent patterns. `word`: at a space, and
   * contains none. `until`: at a character that it does not contain. `words`: at a space and a
   * character that it does not contain.
   */
  ending: "word" | "words" | "until";
  /** The character. */
  before: string;
}

/** A definition whose fields can be found this way. */
export interface ScanPlan {
  steps: readonly Step[];
  /** The text after the last field. */
  last: string;
}

const SPACE = 32;
const TAB = 9;
const BACKSLASH = 92;
const LAST_ASCII = 126;
const WORD = 0;
const WORDS = 1;

/** Finds the fields of lines, one line at a time. */
export class Scanner {
  /** Start and end of each field. */
  readonly places: Int32Array;
  /** A hash of each field's bytes; not for `words`. */
  readonly hashes: Int32Array;
  readonly #texts: readonly Uint8Array[];
  readonly #kinds: readonly number[];
  readonly #marks: readonly number[];
  readonly #last: Uint8Array;

  constructor({ steps, last }: ScanPlan) {
    const encoder = new TextEncoder();
    this.places = new Int32Array(2 * steps.length);
    this.hashes = new Int32Array(steps.length);
    this.#texts = steps.map(({ text }) => encoder.encode(text));
    this.#kinds = steps.map(({ ending }) =>
      ["word", "words", "until"].indexOf(ending)
    );
    this.#marks = steps.map(({ before }) => before.charCodeAt(0) | 0);
    this.#last = encoder.encode(last);
  }

  /**
   * Finds the fields of a line. Returns false for anything unusual, such as escapes and several
   * spaces in a row; if it returns true, the fields are those that the pattern finds.
   */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    const { places, hashes } = this;
    let at = start;
    for (let i = 0; i < this.#texts.length; i++) {
      at = passed(bytes, this.#texts[i]!, at, end);
      if (at < 0) return false;
      places[2 * i] = at;
      const kind = this.#kinds[i]!;
      const mark = this.#marks[i]!;
      let hash = 0x2545f491;
      if (kind === WORD) {
        for (; at < end; at++) {
          const code = bytes[at]!;
          if (code === SPACE) break;
          if (code < SPACE || code > LAST_ASCII || code === BACKSLASH) {
            return false;
          }
          hash = Math.imul(hash ^ code, 0x01000193);
        }
      } else {
        for (;; at++) {
          if (at === end) return false;
          const code = bytes[at]!;
          if (code === mark) break;
          if (code === BACKSLASH || code === TAB) return false;
          hash = Math.imul(hash ^ code, 0x01000193);
        }
        if (kind === WORDS) {
          at--;
          if (at < places[2 * i]! || bytes[at] !== SPACE) return false;
          if (at > places[2 * i]! && bytes[at - 1] === SPACE) return false;
        }
      }
      places[2 * i + 1] = at;
      hashes[i] = hash ^ hash >>> 15;
    }
    return passed(bytes, this.#last, at, end) === end;
  }
}

/** End of the text at a position; -1 if it is not there, or has more spaces. */
function passed(
  bytes: Uint8Array,
  text: Uint8Array,
  at: number,
  end: number,
): number {
  if (at + text.length > end) return -1;
  for (let i = 0; i < text.length; i++, at++) {
    if (bytes[at] !== text[i]) return -1;
    if (bytes[at] !== SPACE || at + 1 === end) continue;
    if (bytes[at + 1] === SPACE || bytes[at + 1] === TAB) return -1;
  }
  return at;
}

/** `17/May/2025:10:05:03 +0200` */
const CLF_LENGTH = 26;
const CLF_MINUTE = 15;
const CLF_SECOND = 18;
const CLF_ZONE = 20;
const COLON = 58;

/** Reads times, most of which are in the same hour as the one before. */
export class TimeReader {
  readonly #known = new Uint8Array(CLF_LENGTH);
  #hour: number | null = null;

  /** Like {@linkcode parseLogTime}. */
  read(bytes: Uint8Array, start: number, end: number): number | null {
    if (end - start !== CLF_LENGTH) {
      return parseLogTime(textOf(bytes, start, end));
    }
    if (this.#hour === null || !this.#isSameHour(bytes, start)) {
      const time = parseLogTime(textOf(bytes, start, end));
      this.#known.set(bytes.subarray(start, end));
      this.#hour = time === null ? null : time - msOf(this.#known, 0);
      return time;
    }
    const ms = msOf(bytes, start);
    return ms < 0 ? null : this.#hour + ms;
  }

  #isSameHour(bytes: Uint8Array, start: number): boolean {
    const known = this.#known;
    for (let i = 0; i < CLF_MINUTE; i++) {
      if (bytes[start + i] !== known[i]) return false;
    }
    for (let i = CLF_ZONE; i < CLF_LENGTH; i++) {
      if (bytes[start + i] !== known[i]) return false;
    }
    return true;
  }
}

/** Minute and second in milliseconds, or a number below 0. */
function msOf(bytes: Uint8Array, start: number): number {
  const minute = twoDigits(bytes, start + CLF_MINUTE);
  const second = twoDigits(bytes, start + CLF_SECOND);
  if (bytes[start + CLF_SECOND - 1] !== COLON || minute > 59 || second > 59) {
    return -1;
  }
  return minute < 0 || second < 0 ? -1 : minute * MINUTE + second * 1_000;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48;
  const ones = bytes[at + 1]! - 48;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : 10 * tens + ones;
}
