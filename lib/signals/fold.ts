/**
 * Normalizes spellings that have the same meaning for whatever software decodes them:
 * percent-encoding (also twice, and `%u`), overlong UTF-8, escapes of HTML and JavaScript, full
 * width, typographic quotes, case. The result is Latin-1, with 0xFF for letters of other scripts.
 */

/** The part of a value that is read; browsers' address bars hold less. */
export const MOST = 16_384;

/** The most levels of nested encodings to decode. */
const ROUNDS = 4;

const encoder = new TextEncoder();
/** UTF-8 takes up to three bytes per UTF-16 unit. */
const scratch = new Uint8Array(3 * MOST);

/** HTML character references for characters that have a meaning in code. */
const NAMED: readonly [string, number][] = Object.entries({
  amp: "&",
  apos: "'",
  bsol: "\\",
  colon: ":",
  comma: ",",
  commat: "@",
  dollar: "$",
  equals: "=",
  excl: "!",
  grave: "`",
  gt: ">",
  lbrace: "{",
  lbrack: "[",
  lcub: "{",
  lpar: "(",
  lsqb: "[",
  lt: "<",
  nbsp: " ",
  newline: "\n",
  num: "#",
  percnt: "%",
  period: ".",
  quot: '"',
  rbrace: "}",
  rbrack: "]",
  rcub: "}",
  rpar: ")",
  rsqb: "]",
  semi: ";",
  sol: "/",
  tab: " ",
  verbar: "|",
}).map(([name, text]) => [name, text.charCodeAt(0)]);

/** The same by first letter, so that an ampersand costs only a few comparisons. */
const BY_LETTER: (readonly [string, number][])[] = Array.from(
  { length: 256 },
  (_, code) => NAMED.filter(([name]) => name.charCodeAt(0) === code),
);

/**
 * Normalizes a text. With `plus`, as in queries and forms, a plus sign is a space.
 *
 * @example
 * ```ts
 * import { fold } from "./fold.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fold("%253CScript%uff1e&#x61;\\u0062"), "<script>ab");
 * ```
 */
export function fold(text: string, plus = false): string {
  const read = text.length > MOST ? text.slice(0, MOST) : text;
  const { written } = encoder.encodeInto(read, scratch);
  const hasPlus = plus && read.includes("+");
  if (
    written === read.length && !hasPlus && !read.includes("%") &&
    !read.includes("&") &&
    !read.includes("\\")
  ) {
    return read.toLowerCase();
  }
  let length = written;
  for (let round = 0; round < ROUNDS; round++) {
    const before = length;
    length = decode(length, hasPlus && round === 0);
    // A round without any change is the last; the first round also lower-cases
    if (length === before) break;
  }
  return latin1(length);
}

/** Decodes the scratch buffer once; the result is never longer. */
function decode(length: number, plus: boolean): number {
  let to = 0;
  for (let at = 0; at < length;) {
    const code = scratch[at]!;
    if (code === 0x25) {
      const value = percent(at, length);
      if (value >= 0) {
        scratch[to++] = lower(value);
        at += (scratch[at + 1]! | 0x20) === 0x75 ? 6 : 3;
        continue;
      }
    } else if (code === 0x26) {
      const end = reference(at, length, to);
      if (end > at) {
        to++;
        at = end;
        continue;
      }
    } else if (code === 0x5c) {
      const end = escape(at, length, to);
      if (end > at) {
        to++;
        at = end;
        continue;
      }
    } else if (code >= 0xc0) {
      const narrowed = code < 0xc2 || code === 0xe0 || code === 0xf0
        ? overlong(at, length)
        : wide(at, length);
      if (narrowed !== 0) {
        scratch[to++] = lower(narrowed & 0xff);
        at += narrowed >> 8;
        continue;
      }
    }
    scratch[to++] = code >= 0x41 && code <= 0x5a
      ? code | 0x20
      : code === 0x2b && plus
      ? 0x20
      : code;
    at++;
  }
  return to;
}

function percent(at: number, length: number): number {
  if (at + 2 >= length) return -1;
  if ((scratch[at + 1]! | 0x20) === 0x75) {
    const value = at + 5 < length ? hex(at + 2, 4) : -1;
    return value > 0xff ? narrow(value) : value;
  }
  return hex(at + 1, 2);
}

/**
 * Decodes `&#60;`, `&#x3c`, `&lt;`: writes the character at `to`, and returns the end of the
 * reference.
 */
function reference(at: number, length: number, to: number): number {
  let next = at + 1;
  if (scratch[next] === 0x23) {
    const base = (scratch[++next]! | 0x20) === 0x78 ? 16 : 10;
    if (base === 16) next++;
    const start = next;
    let value = 0;
    for (; next < length; next++) {
      const digit = DIGITS[scratch[next]!]!;
      if (digit >= base) break;
      value = Math.min(value * base + digit, 0x10ffff);
    }
    if (next === start) return at;
    scratch[to] = lower(value > 0xff ? narrow(value) : value);
    return scratch[next] === 0x3b && next < length ? next + 1 : next;
  }
  for (const [name, code] of BY_LETTER[scratch[next]! | 0x20]!) {
    if (!holds(next, length, name)) continue;
    next += name.length;
    scratch[to] = code;
    return scratch[next] === 0x3b && next < length ? next + 1 : next;
  }
  return at;
}

/**
 * Decodes `\u003c`, `\u{3c}`, `\x3c`: writes the character at `to`, and returns the end of the
 * escape.
 */
function escape(at: number, length: number, to: number): number {
  const kind = scratch[at + 1]! | 0x20;
  if (at + 3 >= length || (kind !== 0x75 && kind !== 0x78)) return at;
  let value: number;
  let end: number;
  if (kind === 0x78) {
    value = hex(at + 2, 2);
    end = at + 4;
  } else if (scratch[at + 2] === 0x7b) {
    value = 0;
    end = at + 3;
    while (end < length && end < at + 10 && DIGITS[scratch[end]!]! < 16) {
      value = value * 16 + DIGITS[scratch[end++]!]!;
    }
    if (scratch[end++] !== 0x7d || end > length) return at;
  } else {
    if (at + 5 >= length) return at;
    value = hex(at + 2, 4);
    end = at + 6;
  }
  if (value < 0) return at;
  scratch[to] = lower(value > 0xff ? narrow(value) : value);
  return end;
}

/**
 * The narrow twin of a UTF-8 character: its code, and the number of bytes read in the bits above.
 */
function wide(at: number, length: number): number {
  const first = scratch[at]!;
  if (at + 1 < length && (first === 0xc2 || first === 0xc3)) {
    const second = scratch[at + 1]!;
    if ((second & 0xc0) !== 0x80) return 0;
    if (first === 0xc2 && second === 0xa0) return 2 << 8 | 0x20;
    if (first === 0xc2 && second === 0xb4) return 2 << 8 | 0x27;
    // Latin-1, or a byte of UTF-8 that arrived as a character of its own
    return 2 << 8 | (first & 0x03) << 6 | second & 0x3f;
  }
  if (at + 2 >= length || (first !== 0xe2 && first !== 0xef)) return 0;
  const second = scratch[at + 1]!;
  const third = scratch[at + 2]!;
  if ((second & 0xc0) !== 0x80 || (third & 0xc0) !== 0x80) return 0;
  const code = (first & 0x0f) << 12 | (second & 0x3f) << 6 | third & 0x3f;
  const narrowed = narrow(code);
  return narrowed === OTHER ? 0 : 3 << 8 | narrowed;
}

/**
 * An overlong UTF-8 sequence, `%c0%af`, which careless decoders accept; the result is like that of
 * {@linkcode wide}.
 */
function overlong(at: number, length: number): number {
  const first = scratch[at]!;
  const bytes = first < 0xc2 ? 2 : first === 0xe0 ? 3 : first === 0xf0 ? 4 : 0;
  if (bytes === 0 || at + bytes > length) return 0;
  const last = scratch[at + bytes - 1]!;
  if (bytes === 2) {
    // The worst decoders ignore the first bits of the second byte; letters after "À" are a word.
    const value = (first & 1) << 6 | last & 0x3f;
    const isPath = value === 0x2f || value === 0x5c || value === 0x2e;
    return last >= 0x80 && last < 0xc0 || last < 0x40 && isPath
      ? 2 << 8 | value
      : 0;
  }
  const before = scratch[at + bytes - 2]!;
  if (bytes === 4 && scratch[at + 2] !== before) return 0;
  return before !== 0x80 && before !== 0x81 || (last & 0xc0) !== 0x80
    ? 0
    : bytes << 8 | (before & 1) << 6 | last & 0x3f;
}

const OTHER = 0xff;

/** The ASCII twin of a character above Latin-1, or the substitute for all others. */
function narrow(code: number): number {
  if (code >= 0xff01 && code <= 0xff5e) return lower(code - 0xfee0);
  switch (code) {
    case 0x2018:
    case 0x2019:
    case 0x201b:
    case 0x2032:
    case 0x02bc:
      return 0x27;
    case 0x201c:
    case 0x201d:
    case 0x2033:
      return 0x22;
    case 0x3000:
    case 0x2028:
    case 0x2029:
      return 0x20;
    case 0x2215:
    case 0x2044:
      return 0x2f;
    case 0x2216:
      return 0x5c;
  }
  return code >= 0x2000 && code <= 0x200b ? 0x20 : OTHER;
}

function lower(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return code | 0x20;
  return code === 0x09 || code === 0x0b || code === 0x0c ? 0x20 : code;
}

const DIGITS = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  DIGITS[digit.toString(16).charCodeAt(0)] = digit;
  DIGITS[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

function hex(at: number, digits: number): number {
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const digit = DIGITS[scratch[at + i]!]!;
    if (digit > 15) return -1;
    value = value << 4 | digit;
  }
  return value;
}

function holds(at: number, length: number, text: string): boolean {
  if (at + text.length > length) return false;
  for (let i = 0; i < text.length; i++) {
    if ((scratch[at + i]! | 0x20) !== text.charCodeAt(i)) return false;
  }
  return true;
}

const decoder = new TextDecoder("latin1");
/** Shorter texts are faster without the decoder. */
const SHORT = 64;

function latin1(length: number): string {
  const bytes = scratch.subarray(0, length);
  return length > SHORT
    ? decoder.decode(bytes)
    : String.fromCharCode.apply(null, bytes as unknown as number[]);
}
