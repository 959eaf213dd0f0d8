/**
 * The text without lone surrogates: each becomes U+FFFD. A lone surrogate cannot be written as
 * UTF-8 and breaks parsers of the JSON that contains it.
 */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/**
 * The longest well-formed prefix of a text that takes at most `max` bytes of UTF-8; a code point is
 * never split.
 *
 * @throws {RangeError} if `max` is not a whole number of at least 0.
 */
export function cutBytes(text: string, max: number): string {
  if (!Number.isInteger(max) || max < 0) {
    throw new RangeError(
      `Cannot cut text to ${max} bytes: expected a whole number >= 0`,
    );
  }
  // No UTF-16 unit takes more than three bytes of UTF-8.
  if (text.length * 3 <= max) return wellFormed(text);
  let bytes = 0;
  for (let i = 0; i < text.length;) {
    const point = text.codePointAt(i)!;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (bytes > max) return wellFormed(text.slice(0, i));
    i += point < 0x10000 ? 1 : 2;
  }
  return wellFormed(text);
}

// Controls (C0, DEL, C1), invisible and bidi formatting, line and paragraph separators, lone
// surrogates: all that can forge a second line, move the cursor or reorder text on a terminal.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * The text with all characters that a terminal interprets escaped, as by {@linkcode escapeControl},
 * except line breaks and tabs.
 */
export function escapeTerminal(text: string): string {
  return text.replace(UNPRINTABLE, (char) => {
    return /[\t\r\n]/.test(char) ? char : escapeControl(char);
  });
}

/**
 * A value as JSON that is safe to print: characters that JSON does not escape but that a terminal
 * interprets, such as C1 controls and bidi formatting, are written as `\u202e`. It parses to the
 * same value.
 */
export function printableJson(value: unknown, indent: number = 2): string {
  return JSON.stringify(value, null, indent).replace(
    UNPRINTABLE,
    (char) =>
      char === "\n" ? char : Array.from(
        { length: char.length },
        (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}

/**
 * The text on one line, safe to print: line breaks, terminal sequences, NUL and bidi controls are
 * escaped as `\n`, `\x1b`, `\u202e`.
 */
export function escapeControl(text: string): string {
  return text.replace(UNPRINTABLE, (char) => {
    if (char === "\n") return "\\n";
    if (char === "\r") return "\\r";
    if (char === "\t") return "\\t";
    const point = char.codePointAt(0)!;
    const hex = point.toString(16);
    if (point < 0x100) return `\\x${hex.padStart(2, "0")}`;
    return point < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
  });
}
