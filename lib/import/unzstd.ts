import { Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import type { ByteSource } from "./byte_source.ts";

const FRAME = 0xfd2fb528;
const PIECE = 65_536;

/**
 * Unpacks all frames of a Zstandard file (RFC 8878). The decoder stops behind the first frame, and
 * takes a file that ends within one for a whole one, so where frames end is followed beside it.
 *
 * @throws {TypeError} where the file is damaged or ends too soon.
 */
export async function* unzstd(source: ByteSource): AsyncGenerator<Uint8Array> {
  if (!("createZstdDecompress" in zlib)) {
    throw new TypeError("zstd: this version of Deno can not unpack it");
  }
  const frames = new Frames();
  let decoder: Decoder | null = null;
  try {
    for (;;) {
      const bytes = await source.peek();
      if (bytes.length === 0) break;
      decoder ??= new Decoder();
      const piece = bytes.subarray(0, PIECE);
      const { length, ended } = frames.take(piece);
      yield* await decoder.write(piece.slice(0, length));
      source.take(length);
      if (!ended) continue;
      yield* await decoder.end();
      decoder = null;
    }
    if (!frames.isWhole) throw new TypeError("zstd: the file ends too soon");
  } finally {
    decoder?.close();
  }
}

/** Unpacks one frame. */
class Decoder {
  readonly #decoder = zlib.createZstdDecompress({ chunkSize: 262_144 });
  #out: Uint8Array[] = [];
  #failure: Error | null = null;
  readonly #end: Promise<void>;

  constructor() {
    const decoder = this.#decoder;
    decoder.on("data", (chunk: Uint8Array) => this.#out.push(chunk));
    this.#end = new Promise((resolve) => {
      decoder.on("end", () => resolve());
      decoder.on("error", (error: Error) => {
        this.#failure = error;
        resolve();
      });
    });
  }

  async write(piece: Uint8Array): Promise<Uint8Array[]> {
    await Promise.race([
      this.#end,
      new Promise<void>((resolve) =>
        this.#decoder.write(Buffer.from(piece), () => resolve())
      ),
    ]);
    return this.#given();
  }

  async end(): Promise<Uint8Array[]> {
    this.#decoder.end();
    await this.#end;
    const given = this.#given();
    this.close();
    return given;
  }

  close(): void {
    this.#decoder.destroy();
  }

  #given(): Uint8Array[] {
    if (this.#failure !== null && this.#out.length === 0) {
      throw new TypeError(`zstd: ${this.#failure.message}`);
    }
    return this.#out.splice(0);
  }
}

/** Follows the lengths that frames and their blocks give, without looking into them. */
class Frames {
  #need: "magic" | "header" | "skip" | "block" = "magic";
  #bytes: number[] = [];
  #left = 0;
  #then: "magic" | "block" = "magic";
  #hasChecksum = false;

  /** Whether the last frame has ended. */
  get isWhole(): boolean {
    return this.#need === "magic" && this.#bytes.length === 0;
  }

  /** How many of the bytes belong to the frame, and whether it ends with them. */
  take(piece: Uint8Array): { length: number; ended: boolean } {
    for (let at = 0; at < piece.length;) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, piece.length - at);
        this.#left -= step;
        at += step;
        if (this.#left === 0) this.#need = this.#then;
        if (this.isWhole) return { length: at, ended: true };
        continue;
      }
      this.#bytes.push(piece[at++]!);
      this.#read();
      if (this.isWhole) return { length: at, ended: true };
    }
    return { length: piece.length, ended: false };
  }

  #read(): void {
    const bytes = this.#bytes;
    if (this.#need === "magic" && bytes.length === 4) {
      const magic = le(bytes);
      this.#need = magic === FRAME ? "header" : "skip";
    } else if (this.#need === "skip" && bytes.length === 8) {
      this.#pass(le(bytes.slice(4)), "magic");
    } else if (this.#need === "header" && bytes.length === 5) {
      const descriptor = bytes[4]!;
      const isSingle = (descriptor >> 5 & 1) === 1;
      const size = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
      const dictionary = [0, 1, 2, 4][descriptor & 3]!;
      this.#hasChecksum = (descriptor >> 2 & 1) === 1;
      this.#pass((isSingle ? 0 : 1) + dictionary + size, "block");
    } else if (this.#need === "block" && bytes.length === 3) {
      const header = le(bytes);
      const isLast = (header & 1) === 1;
      // A block of one repeated byte holds it once.
      const size = (header >> 1 & 3) === 1 ? 1 : header >> 3;
      const rest = isLast && this.#hasChecksum ? 4 : 0;
      this.#pass(size + rest, isLast ? "magic" : "block");
    }
  }

  #pass(count: number, then: "magic" | "block"): void {
    this.#bytes = [];
    this.#left = count;
    this.#then = then;
    if (count === 0) this.#need = then;
  }
}

function le(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte, i) => sum + byte * 2 ** (8 * i), 0);
}
