/** Lines that came in together. */
export interface LineBatch {
  /** Without their line breaks (LF or CR LF); empty ones are left out. */
  lines: string[];
  /** Lines that were longer than allowed, and are not among `lines`. */
  tooLong: number;
  /** A number for each line, where the splitter makes them. */
  hashes: number[];
}

/** Makes a number of the bytes of a line; see line_hash.ts. */
export type HashBytes = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => number;

const LF = 10;
const CR = 13;
const BOM = "\ufeff";

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
  const splitter = new LineSplitter(maxBytes);
  for await (const chunk of stream) {
    const batch = splitter.take(chunk);
    if (batch.lines.length > 0 || batch.tooLong > 0) yield batch;
  }
  const batch = splitter.end();
  if (batch.lines.length > 0 || batch.tooLong > 0) yield batch;
}

/** Splits chunks of bytes into lines; see {@linkcode readLines}. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The line that has begun. */
  #parts: Uint8Array[] = [];
  #length = 0;
  readonly #hash: HashBytes | null;

  constructor(maxBytes = 65_536, hash: HashBytes | null = null) {
    this.#maxBytes = maxBytes;
    this.#hash = hash;
  }

  /** The lines that end in a chunk. */
  take(chunk: Uint8Array): LineBatch {
    const batch: LineBatch = { lines: [], tooLong: 0, hashes: [] };
    let start = 0;
    if (this.#length > 0) {
      const end = chunk.indexOf(LF);
      if (end < 0) {
        this.#keep(chunk);
        return batch;
      }
      this.#keep(chunk.subarray(0, end));
      this.#endLine(batch);
      start = end + 1;
    }
    const end = chunk.lastIndexOf(LF);
    if (end >= start) this.#split(chunk.subarray(start, end), batch);
    const rest = Math.max(end + 1, start);
    if (rest < chunk.length) this.#keep(chunk.subarray(rest));
    return batch;
  }

  /** The last line, where nothing ended it. */
  end(): LineBatch {
    const batch: LineBatch = { lines: [], tooLong: 0, hashes: [] };
    if (this.#length > 0) this.#endLine(batch);
    return batch;
  }

  /** Many whole lines: decoding them together costs a fraction. */
  #split(bytes: Uint8Array, batch: LineBatch): void {
    const text = this.#decoder.decode(bytes);
    // Of plain ASCII, the text's places are the bytes'.
    const isAscii = text.length === bytes.length;
    for (let start = 0, from = 0; start <= text.length;) {
      const found = text.indexOf("\n", start);
      const end = found < 0 ? text.length : found;
      const to = end > start && text.charCodeAt(end - 1) === CR ? end - 1 : end;
      let last = end;
      if (!isAscii) {
        last = bytes.indexOf(LF, from);
        if (last < 0) last = bytes.length;
      }
      if (to > start) {
        const until = last - (end - to);
        if (until - from > this.#maxBytes) batch.tooLong++;
        else {
          const line = text.slice(start, to);
          batch.lines.push(line.startsWith(BOM) ? line.slice(1) : line);
          if (this.#hash) batch.hashes.push(this.#hash(bytes, from, until));
        }
      }
      start = end + 1;
      from = last + 1;
    }
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length;
    // The rest of a line that is too long is not needed to know so; copied, because a reader may
    // use its buffer again.
    if (this.#length <= this.#maxBytes + 1) this.#parts.push(part.slice());
    else this.#parts = [];
  }

  #endLine(batch: LineBatch): void {
    const bytes = this.#parts.length === 1
      ? this.#parts[0]!
      : concat(this.#parts);
    const returned = bytes.at(-1) === CR ? 1 : 0;
    if (this.#length - returned > this.#maxBytes) batch.tooLong++;
    else if (bytes.length > returned) {
      const text = this.#decoder.decode(
        bytes.subarray(0, bytes.length - returned),
      );
      const line = text.startsWith(BOM) ? text.slice(1) : text;
      if (line !== "") {
        batch.lines.push(line);
        const end = bytes.length - returned;
        if (this.#hash) batch.hashes.push(this.#hash(bytes, 0, end));
      }
    }
    this.#parts = [];
    this.#length = 0;
  }
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
