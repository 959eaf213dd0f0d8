/** Lines that came in together. */
export interface LineBatch {
  /** Without their line breaks (LF or CR LF); empty ones are left out. */
  lines: string[];
  /** Lines that were longer than allowed, and are not among `lines`. */
  tooLong: number;
}

const LF = 10;
const CR = 13;

/**
 * Splits bytes into lines of text, in memory bounded by one chunk and one line. Bytes that are no
 * UTF-8 become U+FFFD.
 *
 * @param maxBytes A longer line is skipped and counted; 64 KiB by default.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  maxBytes = 65_536,
): AsyncGenerator<LineBatch> {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let length = 0;
  let batch: LineBatch = { lines: [], tooLong: 0 };

  function keep(part: Uint8Array): void {
    length += part.length;
    // The rest of a line that is too long is not needed to know so.
    if (length <= maxBytes + 1) parts.push(part);
    else parts = [];
  }

  function endLine(): void {
    const bytes = parts.length === 1 ? parts[0]! : concat(parts);
    const returned = bytes.at(-1) === CR ? 1 : 0;
    if (length - returned > maxBytes) batch.tooLong++;
    else if (bytes.length > returned) {
      batch.lines.push(decoder.decode(bytes.subarray(0, length - returned)));
    }
    parts = [];
    length = 0;
  }

  for await (const chunk of stream) {
    let start = 0;
    for (let end; (end = chunk.indexOf(LF, start)) >= 0; start = end + 1) {
      keep(chunk.subarray(start, end));
      endLine();
    }
    // Copied, because a reader may use its buffer again.
    if (start < chunk.length) keep(chunk.slice(start));
    if (batch.lines.length > 0 || batch.tooLong > 0) {
      yield batch;
      batch = { lines: [], tooLong: 0 };
    }
  }
  if (length > 0) endLine();
  if (batch.lines.length > 0 || batch.tooLong > 0) yield batch;
}

/** The stream unpacked where the file's name ends in `.gz`. */
export function unpacked(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  name: string,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return /\.gz$/i.test(name)
    ? stream.pipeThrough(new DecompressionStream("gzip"))
    : stream;
}

function concat(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
