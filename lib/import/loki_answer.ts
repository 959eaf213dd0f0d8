/** How Loki's answers and pushes begin. */
const BEGINNING =
  /^\s*\{\s*"(?:status"\s*:\s*"success"\s*,\s*"data"\s*:\s*\{\s*"resultType"\s*:\s*"streams"|streams"\s*:\s*\[\s*\{\s*"(?:stream|values)")/;
/** So many bytes tell. */
export const LOKI_PEEK = 128;
/** A longer text is no line. */
const LONGEST = 65_536;

/** Whether these are the first bytes of an answer of Loki. */
export function isLokiAnswer(start: Uint8Array): boolean {
  return BEGINNING.test(new TextDecoder().decode(start));
}

/**
 * Reads Loki's answer to `query_range`, an object that may be on a single line of any length: each
 * `["time", "line"]` of its streams as an object on a line, as logcli writes them.
 */
export async function* lokiLines(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  /** The texts of the list that is open; null outside of one. */
  let item: string[] | null = null;
  let text: string | null = null;
  let isEscaped = false;
  for await (const chunk of stream) {
    let lines = "";
    for (const char of decoder.decode(chunk, { stream: true })) {
      if (text !== null) {
        const isEnd = char === '"' && !isEscaped;
        isEscaped = char === "\\" && !isEscaped;
        if (isEnd) {
          item?.push(text);
          text = null;
        } else if (text.length <= LONGEST) text += char;
        continue;
      }
      if (char === '"') text = "";
      else if (char === "[") item = [];
      else if (char === "{" || char === "]") {
        const [time = "", line = ""] = item ?? [];
        if (/^\d{13,19}$/.test(time) && line.length <= LONGEST) {
          // The text keeps its escapes.
          lines += `{"timestamp":"${time}","line":"${line}"}\n`;
        }
        item = null;
      }
    }
    if (lines !== "") yield encoder.encode(lines);
  }
}
