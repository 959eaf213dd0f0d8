/** What JSON leaves as it is and a terminal obeys: C1 controls, bidi marks, zero-width marks. */
const UNSAFE = /[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * `text` as it may stand in an error message: quoted, escaped, and cut after 64 characters.
 * What a stranger typed never moves the cursor of whoever reads the log.
 */
export function quoted(text: string): string {
  const short = text.length > 64 ? text.slice(0, 64) + "…" : text;
  return JSON.stringify(short).replace(
    UNSAFE,
    (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}
