/**
 * Characters that JSON does not escape but that a terminal interprets: C1 controls, bidi marks,
 * zero-width marks.
 */
const UNSAFE = /[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * `text` for an error message: quoted, escaped, and cut after 64 characters. Text from a client can
 * never move the cursor in the terminal of a log's reader.
 */
export function quoted(text: string): string {
  const short = text.length > 64 ? text.slice(0, 64) + "…" : text;
  return JSON.stringify(short).replace(
    UNSAFE,
    (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}
