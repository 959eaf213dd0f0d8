import { CODE } from "./code.ts";
import { FILES } from "./files.ts";
import { fold } from "./fold.ts";
import { Grammar } from "./grammar.ts";
import { hasJndi } from "./jndi.ts";
import { MARKUP } from "./markup.ts";
import { BODY, PLACE, TERSE } from "./place.ts";
import { REMOTE } from "./remote.ts";
import { SHELL } from "./shell.ts";
import { BIT } from "./signal.ts";
import { isSql, SQL, SQL_HINT } from "./sql.ts";

const PAYLOADS = SQL_HINT - 1;

const grammar = new Grammar(
  [...SQL, ...MARKUP, ...FILES, ...REMOTE, ...SHELL, ...CODE],
  PAYLOADS,
);
/** For texts without a shell's quotes. */
const shell = new Grammar([...SHELL, ...FILES], PAYLOADS);

/** For texts without a program's comments. */
const code = new Grammar(CODE, PAYLOADS);

/** Places where a whole value may be base64. */
const ENCODED = PLACE.query | PLACE.cookie | PLACE.form;

/** Beginnings of serialized Java objects in base64, which is case-sensitive. */
const JAVA_OBJECT = ["rO0AB", "KztAAQ", "Cs7QAF"];

/** The beginning of a long value is read first; if it has signals, the rest is not read. */
const LONG = 2_048;
const BEGIN = 512;

/** The signals of a value as sent; with `plus`, a plus sign is a space. */
export function payloadOf(raw: string, place: number, plus = false): number {
  const long = raw.length > LONG;
  const found =
    (long ? payloadIn(fold(raw.slice(0, BEGIN), plus), place, true) : 0) ||
    payloadIn(fold(raw, plus), place);
  if (found !== 0 || (place & ENCODED) === 0) return found;
  if (JAVA_OBJECT.some((start) => raw.includes(start))) return BIT.code;
  const inner = fromBase64(raw);
  return inner === null ? 0 : payloadIn(fold(inner), place);
}

/**
 * The signals of a value that consists only of letters, digits, `_`, `.` and `-`: without quotes,
 * brackets or encoding, so only names matter.
 */
export function payloadOfWords(raw: string, place: number): number {
  const found = grammar.find(raw.toLowerCase(), place) & PAYLOADS;
  if (found !== 0) return found;
  if (JAVA_OBJECT.some((start) => raw.includes(start))) return BIT.code;
  if (raw.length < 16) return 0;
  const inner = fromBase64(raw);
  return inner === null ? 0 : payloadIn(fold(inner), place);
}

/**
 * The signals of a folded value; with `isPart`, it is the beginning of a long one, and the first
 * finding is enough.
 */
export function payloadIn(text: string, place: number, isPart = false): number {
  const found = shownBy(text, place, isPart);
  return (found & OF_PROSE) !== 0 && isProse(text, place)
    ? found & ~OF_PROSE
    : found;
}

/** Signals that are ignored in a sentence; markup is not, because a browser runs it there, too. */
const OF_PROSE = BIT.rce | BIT.lfi | BIT.code;
/** The fewest words of a sentence, which also begins with words. */
const WORDS = 5;
const BEGINNING = /^\s?(?:[a-z]{1,20}[,.!?:]?\s{1,3}){3}/;

/**
 * Whether a value is a sentence, as people write about commands and files. Outside of bodies, a
 * text with a shell's separators is none.
 */
function isProse(text: string, place: number): boolean {
  if (text.length > LONG) return false;
  if ((place & (BODY | PLACE.query)) === 0 || !BEGINNING.test(text)) {
    return false;
  }
  if ((place & BODY) === 0 && /[;|&`$<>{}()\n\0]|\.\.[\\/]/.test(text)) {
    return false;
  }
  const words = text.match(/(?<=^|\s)[a-z]{2,20}(?=[\s,.?!:]|$)/g);
  return words !== null && words.length >= WORDS;
}

function shownBy(text: string, place: number, isPart: boolean): number {
  if ((place & BODY) !== 0 && isDocument(text)) {
    return hasJndi(text) ? BIT.jndi : 0;
  }
  const jndi = hasJndi(text) ? BIT.jndi : 0;
  if (jndi !== 0 && text.length >= BEGIN) return jndi;
  let found = grammar.find(text, place) | jndi;
  if (isPart && (found & PAYLOADS) !== 0) return found & PAYLOADS;
  if ((found & (SQL_HINT | BIT.sqli)) === SQL_HINT && isSql(text, place)) {
    found |= BIT.sqli;
  }
  if (text.length >= BEGIN && (found & PAYLOADS) !== 0) return found & PAYLOADS;
  if ((found & BIT.rce) === 0 && (place & PLACE.json) === 0) {
    const plain = unquoted(text);
    if (plain !== text) {
      found |= shell.find(plain, place);
      const lines = withLines(text);
      if (lines !== text) found |= shell.find(lines, place);
    }
  }
  const hasLines = text.includes("\n");
  if (hasLines && (found & BIT.sqli) === 0 && (place & TERSE) !== 0) {
    const plain = withoutLines(text);
    if (plain !== text) {
      found |= grammar.find(plain, place) & BIT.sqli;
      if (isSql(plain, place)) found |= BIT.sqli;
    }
  }
  if ((found & BIT.code) === 0 && (place & PLACE.json) === 0) {
    const plain = uncommented(text, hasLines);
    if (plain !== text) found |= code.find(plain, place);
  }
  return found & PAYLOADS;
}

/** The fewest lines, or the length, of a text that a person wrote: a page, a program, a letter. */
const LINES = 3;
const LENGTH = 1_024;
/** A shorter value is no text, even with several lines. */
const BRIEF = 100;

/**
 * Whether a value is a document and not an argument. People write anything in documents, also about
 * attacks, and apps must be able to handle that.
 */
function isDocument(text: string): boolean {
  if (text.length > LENGTH) return true;
  if (text.length < BRIEF) return false;
  let lines = 0;
  for (
    let at = text.indexOf("\n");
    at >= 0;
    at = text.indexOf("\n", at + 1)
  ) {
    if (at + 1 < text.length && ++lines >= LINES) return true;
  }
  return false;
}

/** Removes quotes as a shell does: `c'a't`, `ca\t`, `c""at`, `wh$@oami`. */
function unquoted(text: string): string {
  if (
    !text.includes("'") && !text.includes('"') && !text.includes("\\") &&
    !text.includes("^") && !text.includes("$@") && !text.includes("$*")
  ) return text;
  return text.slice(0, LONG).replace(/\$[@*]|['"\\^]/g, "");
}

/** Writes `\\n` as the line end that it is to a program, except in a path of Windows. */
function withLines(text: string): string {
  return text.length > BEGIN || /^(?:[a-z]:)?\\{2}|^[a-z]:\\/.test(text)
    ? text
    : text.replace(/(?:\\[rn])+/g, "\n").trimEnd();
}

/** Removes SQL's comments at the ends of lines: `and#…⏎1=1`, `and--⏎1=1`. */
function withoutLines(text: string): string {
  return text.length > BEGIN
    ? text
    : text.replace(/(?:#|--)[^\n]{0,60}\n/g, " ");
}

/** Removes comments as an interpreter does: `exec/* … *\/(`, `exec # …⏎(`. */
function uncommented(text: string, hasLines: boolean): string {
  if (
    !(hasLines && (text.includes("#") || text.includes("//"))) &&
    !text.includes("/*")
  ) return text;
  return text.slice(0, LONG).replace(
    /\/\*[^*]{0,60}\*\/|(?:#|\/\/)[^\n]{0,60}\n/g,
    " ",
  );
}

/** A longer value is a file. */
const LONGEST_BASE64 = 1_024;
const BASE64 = /^[A-Za-z0-9+/_-]{12,}(?:={0,2}|(?:%3[dD]){0,2})$/;

/**
 * The text in a value that is base64 as a whole; null if it is not, or holds no text. Names and
 * tokens look like base64, too, but do not decode to text.
 */
function fromBase64(raw: string): string | null {
  if (raw.length > LONGEST_BASE64 || !BASE64.test(raw)) return null;
  let text: string;
  try {
    text = atob(
      raw.replaceAll("-", "+").replaceAll("_", "/").replace(/(?:=|%3d)+$/i, ""),
    );
  } catch {
    return null;
  }
  return /^[\x20-\x7e\n\r\t]{8,}$/.test(text) ? text : null;
}
