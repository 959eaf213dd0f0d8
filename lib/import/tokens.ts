/** A field of a text line. */
export interface Token {
  kind: "word" | "quoted" | "bracketed";
  /** Without its quotes or brackets; escapes are not decoded. */
  text: string;
  start: number;
  end: number;
}

const SPACE = 32;
const TAB = 9;
const QUOTE = 34;
const OPEN = 91;
const BAR = 124;
const DAY = /^\d{4}-\d\d-\d\d$/;
const CLOCK = /^ \d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: |$)/;
const ZONE = /^ [+-]\d{4}(?: |$)/;
/** A line with more fields is not from an access log. */
const MOST = 200;

/**
 * Splits a line at its spaces; text in quotes or brackets is one field. An unescaped quote inside a
 * quoted field is part of it if no space follows. Null if a quote is not closed.
 */
export function tokensOf(line: string): Token[] | null {
  const tokens: Token[] = [];
  let at = 0;
  while (at < line.length && tokens.length < MOST) {
    const code = line.charCodeAt(at);
    if (code === SPACE || code === TAB) {
      at++;
      continue;
    }
    if (code === QUOTE) {
      const close = closingQuote(line, at + 1);
      if (close < 0) return null;
      tokens.push({
        kind: "quoted",
        text: line.slice(at + 1, close),
        start: at,
        end: close + 1,
      });
      at = close + 1;
    } else if (code === OPEN) {
      const close = line.indexOf("]", at);
      const next = line.charCodeAt(close + 1);
      // `[2001:db8::7]:80` is a word.
      const isWhole = close > 0 &&
        (close + 1 === line.length || next === SPACE || next === TAB);
      const end = isWhole ? close + 1 : wordEnd(line, at);
      tokens.push({
        kind: isWhole ? "bracketed" : "word",
        text: isWhole ? line.slice(at + 1, close) : line.slice(at, end),
        start: at,
        end,
      });
      at = end;
    } else {
      let end = wordEnd(line, at);
      // Some write a bar between fields.
      if (code === BAR && end === at + 1) {
        at = end;
        continue;
      }
      // Day and clock at the start of the line.
      if (at === 0 && end === 10 && DAY.test(line.slice(0, 10))) {
        const clock = CLOCK.exec(line.slice(end, end + 20));
        if (clock !== null) end = wordEnd(line, end + 1);
      }
      // A time without its brackets.
      if (end - at === 20 && ZONE.test(line.slice(end, end + 7))) end += 6;
      tokens.push({ kind: "word", text: line.slice(at, end), start: at, end });
      at = end;
    }
  }
  return tokens;
}

function wordEnd(line: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === SPACE || code === TAB) return at;
  }
  return line.length;
}

/** The quote that ends a field: not escaped, and followed by a space or the end. */
function closingQuote(line: string, from: number): number {
  let quote = from - 1;
  while ((quote = line.indexOf('"', quote + 1)) >= 0) {
    let slashes = 0;
    while (quote - 1 - slashes >= from && line[quote - 1 - slashes] === "\\") {
      slashes++;
    }
    if (slashes % 2 === 1) continue;
    const next = line.charCodeAt(quote + 1);
    if (quote + 1 === line.length || next === SPACE || next === TAB) {
      return quote;
    }
  }
  return -1;
}
