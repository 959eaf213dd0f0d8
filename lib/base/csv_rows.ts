/**
 * The rows of a CSV text (RFC 4180), or of lines with one cell each; cells are trimmed unless they
 * are quoted. An unclosed quote is taken literally: it must not swallow the remaining lines.
 */
export function* csvRows(
  text: string,
  separator = ",",
): Generator<string[]> {
  const ends = `${separator}\r\n`;
  let row: string[] = [];
  let at = text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    let cell = "";
    let isQuoted = false;
    while (
      text[at] === " " || text[at] === "\t" && separator !== "\t"
    ) at++;
    if (text[at] === '"') {
      const quoted = quotation(text, at);
      if (quoted) {
        isQuoted = true;
        ({ cell, at } = quoted);
      }
    }
    const rest = at;
    while (at < text.length && !ends.includes(text[at]!)) at++;
    if (!isQuoted) cell = text.slice(rest, at).trim();
    row.push(cell);
    if (text[at] === separator) {
      at++;
      if (at < text.length) continue;
      row.push("");
    }
    if (row.length > 1 || row[0] !== "") yield row;
    row = [];
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
  }
}

/** The quoted cell that begins at an index, and where it ends; null if it is not closed. */
function quotation(
  text: string,
  start: number,
): { cell: string; at: number } | null {
  let cell = "";
  let at = start + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) return null;
    cell += text.slice(at, end);
    at = end + 1;
    if (text[at] !== '"') return { cell, at };
    cell += '"';
    at++;
  }
}
