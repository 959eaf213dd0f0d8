/**
 * Encoded line ends that would end a header field if a response repeated the text (CWE-113): with
 * the start of another field, of a body or of a request behind them.
 *
 * Read by characters: at most a few steps for each line end, whatever is behind it.
 *
 * @module
 */
import { byteAt } from "./percent.ts";

const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;
const COLON = 0x3a;
const LESS = 0x3c;
const MOST_BLANKS = 6;
const LONGEST_NAME = 41;
const LONGEST_WORD = 12;
const LONGEST_TARGET = 80;
const SHORTEST_FIELD = 8;
const LONGEST_METHOD = 4;

const FIELDS = ["set-cookie", "location", "content-type", "content-length"];
const ELEMENTS = ["html", "meta", "script"];
const METHODS = ["get", "post", "head", "put"];
const PROTOCOL = /(?:\+|%20)http/gi;

/** Where a text that is read from front to back has a protocol's name next. */
export interface NextProtocol {
  at: number;
}

/**
 * Whether a header could be split at `at`, an encoded line end, whose byte is `byte`. Of several in
 * a row only the last one counts.
 */
export function splitsHeader(
  text: string,
  at: number,
  byte: number,
  next: NextProtocol,
): boolean {
  const after = encodedAt(text, at + 3);
  // A carriage return without a line feed is no line end of a person's text.
  if (byte === CR) return after !== LF;
  return !isLineEnd(after) && startsField(text, at + 3, next);
}

/** Whether a byte ends a line. */
export function isLineEnd(byte: number): boolean {
  return byte === LF || byte === CR;
}

/** Whether the name of a field that attacks set is at `at`. */
export function namesField(text: string, at: number): boolean {
  return isOne(FIELDS, text, at, true);
}

/** Whether a field, a body or a request starts here, after a few blanks. */
function startsField(
  text: string,
  at: number,
  next: NextProtocol,
): boolean {
  for (let blanks = 0;; blanks++) {
    const byte = encodedAt(text, at);
    if (isLineEnd(byte)) return false;
    const width = text.charCodeAt(at) === 0x2b
      ? 1
      : byte === 0x20 || byte === 0x09
      ? 3
      : 0;
    if (width === 0) break;
    if (blanks === MOST_BLANKS) return false;
    at += width;
  }
  let end = at;
  while (end <= at + LONGEST_NAME && isWord(text.charCodeAt(end))) end++;
  const code = text.charCodeAt(end);
  const encoded = encodedAt(text, end);
  if (end === at) {
    if (code === EQUALS || code === COLON) return true;
    if (code !== LESS && encoded !== LESS) return false;
    return isOne(ELEMENTS, text, end + (code === LESS ? 1 : 3));
  }
  const length = end - at;
  if (length === 1) return false;
  if (code === COLON || encoded === COLON) {
    const behind = end + (code === COLON ? 1 : 3);
    if (
      length <= LONGEST_NAME && isLetter(text.charCodeAt(at)) &&
      endsName(text, behind)
    ) return true;
  } else if (code === EQUALS && length <= LONGEST_WORD) {
    let letters = at;
    while (isLetter(text.charCodeAt(letters))) letters++;
    if (letters === end) return true;
  }
  if (length >= SHORTEST_FIELD) return namesField(text, at);
  if (length > LONGEST_METHOD) return false;
  return startsWith(text, at, "http")
    ? endsProtocol(text, end)
    : startsRequest(text, at, end, next);
}

/** `HTTP/1`. */
function endsProtocol(text: string, at: number): boolean {
  const width = text[at] === "/" ? 1 : encodedAt(text, at) === 0x2f ? 3 : 0;
  const code = text.charCodeAt(at + width);
  return width > 0 && (code >= 0x30 && code <= 0x39 || code === 0x2e);
}

/** `GET /path HTTP`. */
function startsRequest(
  text: string,
  at: number,
  end: number,
  next: NextProtocol,
): boolean {
  const width = text[end] === "+" ? 1 : encodedAt(text, end) === 0x20 ? 3 : 0;
  if (width === 0) return false;
  if (!METHODS.includes(text.slice(at, end).toLowerCase())) return false;
  const from = end + width + 1;
  if (next.at < from) {
    PROTOCOL.lastIndex = from;
    next.at = PROTOCOL.exec(text)?.index ?? Infinity;
  }
  return next.at < from + LONGEST_TARGET &&
    !text.slice(from - 1, next.at).includes(" ");
}

function endsName(text: string, at: number): boolean {
  const byte = encodedAt(text, at);
  return at === text.length || text[at] === "+" || byte === 0x20 ||
    byte === 0x09;
}

/** The byte of `%xx` at `at`; -1 if there is none. */
function encodedAt(text: string, at: number): number {
  return text.charCodeAt(at) === 0x25 ? byteAt(text, at) : -1;
}

/** @param whole Whether no further letter may follow. */
function isOne(
  words: readonly string[],
  text: string,
  at: number,
  whole = false,
): boolean {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (
      startsWith(text, at, word) &&
      !(whole && isWord(text.charCodeAt(at + word.length), false))
    ) return true;
  }
  return false;
}

/** Whether a word of small letters is at `at`, in any case. */
function startsWith(text: string, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    const code = text.charCodeAt(at + i);
    if ((isLetter(code) ? code | 0x20 : code) !== word.charCodeAt(i)) {
      return false;
    }
  }
  return true;
}

function isLetter(code: number): boolean {
  const small = code | 0x20;
  return small >= 0x61 && small <= 0x7a;
}

function isWord(code: number, dashes = true): boolean {
  return isLetter(code) || code >= 0x30 && code <= 0x39 || code === 0x5f ||
    dashes && code === 0x2d;
}
