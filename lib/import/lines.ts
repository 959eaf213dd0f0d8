/** Lines that arrived together, as bytes; valid until the next batch is requested. */
export interface LineBatch {
  /** Without line breaks (LF or CR LF) and byte order marks; empty lines are omitted. */
  lines: Lines;
  /** Lines that were longer than allowed, and are not among `lines`. */
  tooLong: number;
  /** A hash of each line, if the splitter makes them. */
  hashes: ArrayLike<number>;
}

/** Hashes the bytes of a line; see line_hash.ts. */
export type HashBytes = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => number;

/** Lines in one byte array: two numbers per line, its start and end. */
export interface LinePart {
  bytes: Uint8Array;
  places: Int32Array;
  /** The first line in `places` that belongs to the part, and the one after the last. */
  from: number;
  to: number;
}

const LF = 10;
const CR = 13;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Lines as the bytes that were read: most lines of a log were imported before, and are recognised
 * without being decoded. Bytes that are not UTF-8 become U+FFFD.
 */
export class Lines {
  readonly parts: LinePart[] = [];
  length = 0;

  /** Lines with these texts. */
  static of(texts: readonly string[]): Lines {
    const lines = new Lines();
    for (const text of texts) lines.addOne(new TextEncoder().encode(text));
    return lines;
  }

  /** Adds lines in one byte array. */
  add(part: LinePart): void {
    if (part.to <= part.from) return;
    this.parts.push(part);
    this.length += part.to - part.from;
  }

  /** Adds a single line. */
  addOne(bytes: Uint8Array): void {
    const places = Int32Array.of(0, bytes.length);
    this.add({ bytes, places, from: 0, to: 1 });
  }

  /** Some of the lines, in the same byte arrays. */
  slice(from: number, to = this.length): Lines {
    const lines = new Lines();
    this.#addTo(lines, from, to);
    return lines;
  }

  /** Adds some of these lines to others, in the same byte arrays. */
  #addTo(lines: Lines, from: number, to: number): void {
    let before = 0;
    for (const part of this.parts) {
      const first = Math.max(from - before, 0);
      const end = Math.min(to - before, part.to - part.from);
      before += part.to - part.from;
      lines.add({ ...part, from: part.from + first, to: part.from + end });
    }
  }

  /** Adds some of other lines, in the same byte arrays. */
  addSome(lines: Lines, from: number, to: number): void {
    lines.#addTo(this, from, to);
  }

  /** A copy with its own bytes. */
  copy(): Lines {
    const lines = new Lines();
    for (const { bytes, places, from, to } of this.parts) {
      const start = places[2 * from]!;
      lines.add({
        bytes: bytes.slice(start, places[2 * to - 1]),
        places: places.slice(2 * from, 2 * to).map((place) => place - start),
        from: 0,
        to: to - from,
      });
    }
    return lines;
  }

  /** The lines' texts. */
  texts(): string[] {
    return this.parts.flatMap(textsOf);
  }
}

/** The texts of lines; decoding them together costs a fraction. */
export function textsOf({ bytes, places, from, to }: LinePart): string[] {
  const first = places[2 * from]!;
  const end = places[2 * to - 1]!;
  const whole = textOf(bytes, first, end);
  // In plain ASCII, positions in the text are those in the bytes.
  const isAscii = whole.length === end - first;
  return Array.from({ length: to - from }, (_, i) => {
    const start = places[2 * (from + i)]!;
    const end = places[2 * (from + i) + 1]!;
    return isAscii
      ? whole.slice(start - first, end - first)
      : textOf(bytes, start, end);
  });
}

/** Decodes a range of bytes. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return utf8.decode(bytes.subarray(start, end));
}

/**
 * Splits bytes into lines; memory is limited to one chunk and one line.
 *
 * @param maxBytes A longer line is skipped and counted; 64 KiB by default.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  maxBytes = 65_536,
): AsyncGenerator<{ lines: string[]; tooLong: number }> {
  const splitter = new LineSplitter(maxBytes);
  for await (const chunk of stream) {
    const { lines, tooLong } = splitter.take(chunk);
    if (lines.length > 0 || tooLong > 0) {
      yield { lines: lines.texts(), tooLong };
    }
  }
  const { lines, tooLong } = splitter.end();
  if (lines.length > 0 || tooLong > 0) yield { lines: lines.texts(), tooLong };
}

/** Splits chunks of bytes into lines. */
export class LineSplitter {
  readonly #maxBytes: number;
  /** The current incomplete line. */
  #parts: Uint8Array[] = [];
  #length = 0;
  readonly #hash: HashBytes | null;
  /** Reused for each batch. */
  #places = new Int32Array(8_192);
  #hashes = new Uint32Array(4_096);
  #count = 0;

  constructor(maxBytes = 65_536, hash: HashBytes | null = null) {
    this.#maxBytes = maxBytes;
    this.#hash = hash;
  }

  /** The lines that end in a chunk. */
  take(chunk: Uint8Array): LineBatch {
    const batch = this.#begin();
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
    const from = this.#count;
    for (let end; (end = chunk.indexOf(LF, start)) >= 0; start = end + 1) {
      const isReturned = end > start && chunk[end - 1] === CR;
      this.#line(chunk, start, isReturned ? end - 1 : end, batch);
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    const places = this.#places;
    batch.lines.add({ bytes: chunk, places, from, to: this.#count });
    return { ...batch, hashes: this.#hashes };
  }

  /** The last line, if no line break ends it. */
  end(): LineBatch {
    const batch = this.#begin();
    if (this.#length > 0) this.#endLine(batch);
    return { ...batch, hashes: this.#hashes };
  }

  #begin(): LineBatch {
    this.#count = 0;
    return { lines: new Lines(), tooLong: 0, hashes: this.#hashes };
  }

  #line(
    bytes: Uint8Array,
    start: number,
    end: number,
    batch: { tooLong: number },
  ): void {
    if (end - start > this.#maxBytes) {
      batch.tooLong++;
      return;
    }
    const first = hasMark(bytes, start, end) ? start + 3 : start;
    if (first >= end) return;
    if (2 * this.#count === this.#places.length) this.#grow();
    const at = this.#count++;
    this.#places[2 * at] = first;
    this.#places[2 * at + 1] = end;
    if (this.#hash) this.#hashes[at] = this.#hash(bytes, start, end);
  }

  #grow(): void {
    const places = new Int32Array(2 * this.#places.length);
    places.set(this.#places);
    this.#places = places;
    const hashes = new Uint32Array(2 * this.#hashes.length);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length;
    // The rest of a line that is too long is not needed; copied, because a reader may reuse its
    // buffer.
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
      this.#line(bytes, 0, bytes.length - returned, batch);
      // It is the first of the batch.
      const [start, end] = this.#places;
      if (this.#count > 0) batch.lines.addOne(bytes.subarray(start, end));
    }
    this.#parts = [];
    this.#length = 0;
  }
}

/** A byte order mark; concatenated files have one inside. */
function hasMark(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[start] === 0xef && end - start >= 3 &&
    bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
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
