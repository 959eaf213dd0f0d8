import { delay } from "../base/delay.ts";
import { readLines } from "../import/lines.ts";
import { jsonByLines } from "./json_list.ts";
import { type ListLine, listLineReader } from "./list_line.ts";

/** A list that cannot be used at all. The message is a sentence. */
export class ListError extends Error {
  override name = "ListError";
}

/** How much of a list is read. */
export interface LineLimits {
  /** After unpacking. @default {16 MiB} */
  maxBytes?: number;
  /** @default {1_000_000} */
  maxLines?: number;
}

/** A line of a list and what it turned out to be. */
export interface ReadLine {
  read: ListLine;
  line: string;
}

export const MAX_LIST_BYTES = 16 * 1024 * 1024;
/** fail2ban has all that it bans on one line. */
const MAX_LINE_BYTES = 262_144;
/** How many lines are read before yielding to other tasks. */
const PER_TURN = 2_000;

/**
 * Reads a list in any of the layouts of {@linkcode listLineReader}, line by line, in time in
 * proportion to its length: the one reader of feeds, of `import-list` and of the console.
 *
 * @param now What durations count from.
 * @param onBytes Called with the length of each piece.
 * @throws {ListError} where a limit is passed.
 */
export async function* readListLines(
  stream: AsyncIterable<Uint8Array>,
  now: number,
  { maxBytes = MAX_LIST_BYTES, maxLines = 1_000_000 }: LineLimits = {},
  onBytes: (count: number) => void = () => {},
): AsyncGenerator<ReadLine> {
  let bytes = 0;
  let count = 0;
  async function* counted() {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooMuch(`${maxBytes} bytes`);
      onBytes(chunk.length);
      yield chunk;
    }
  }
  const readLine = listLineReader(now);
  for await (const batch of readLines(jsonByLines(counted()), MAX_LINE_BYTES)) {
    for (const line of batch.lines) {
      if (++count > maxLines) throw tooMuch(`${maxLines} lines`);
      if (count % PER_TURN === 0) await delay(0);
      yield { read: readLine(line), line };
    }
    for (let i = 0; i < batch.tooLong; i++) {
      const line = `a line of more than ${MAX_LINE_BYTES} bytes`;
      yield { read: { kind: "damaged" }, line };
    }
  }
}

/** Says that a list is longer than is read. */
export function tooMuch(what: string): ListError {
  return new ListError(`The list has more than ${what}`);
}
