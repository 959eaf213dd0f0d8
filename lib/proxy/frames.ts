/**
 * WebSocket frames (RFC 6455, section 5), as a client writes and reads them.
 *
 * @module
 */

/** What a frame is for. */
export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** One frame, unmasked. */
export interface Frame {
  fin: boolean;
  opcode: number;
  payload: Uint8Array;
}

/** The other end broke the protocol; `code` is what to close with. */
export class FrameError extends Error {
  override name = "FrameError";
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(OPCODE));

/** A whole frame as a client sends it: masked, in one piece. */
export function encodeFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = new Uint8Array(2 + extended + 4 + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) view.setUint16(2, length);
  if (extended === 8) view.setBigUint64(2, BigInt(length));
  const mask = crypto.getRandomValues(
    frame.subarray(2 + extended, 6 + extended),
  );
  const start = 6 + extended;
  for (let i = 0; i < length; i++) {
    frame[start + i] = payload[i]! ^ mask[i & 3]!;
  }
  return frame;
}

/** Cuts a server's bytes into frames. */
export class FrameReader {
  readonly #maxPayload: number;
  #chunks: Uint8Array[] = [];
  #length = 0;
  /** How many bytes there have to be before the next look is worth it. */
  #needed = 2;

  /** @param maxPayload Longer frames are an error, in bytes. */
  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
  }

  /** @throws {FrameError} where what came is no frame that a server may send. */
  push(chunk: Uint8Array): Frame[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const frames: Frame[] = [];
    while (this.#length >= this.#needed) {
      const frame = this.#take();
      if (frame === null) break;
      frames.push(frame);
    }
    return frames;
  }

  #take(): Frame | null {
    const bytes = this.#joined();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const [first, second] = [bytes[0]!, bytes[1]!];
    const fin = (first & 0x80) !== 0;
    const opcode = first & 0x0f;
    if ((first & 0x70) !== 0) {
      throw new FrameError(1002, "A reserved bit is set");
    }
    if (!KNOWN.has(opcode)) throw new FrameError(1002, "Unknown opcode");
    if ((second & 0x80) !== 0) throw new FrameError(1002, "A masked frame");
    let length = second & 0x7f;
    let start = 2;
    if (opcode >= OPCODE.close && (!fin || length > 125)) {
      throw new FrameError(1002, "A control frame is too long or in pieces");
    }
    if (length === 126) {
      start = 4;
      if (!this.#has(start)) return null;
      length = view.getUint16(2);
    } else if (length === 127) {
      start = 10;
      if (!this.#has(start)) return null;
      const long = view.getBigUint64(2);
      length = long > BigInt(this.#maxPayload) ? Infinity : Number(long);
    }
    if (length > this.#maxPayload) {
      throw new FrameError(1009, "Too long a frame");
    }
    const end = start + length;
    if (!this.#has(end)) return null;
    this.#chunks = end < bytes.length ? [bytes.subarray(end)] : [];
    this.#length = bytes.length - end;
    this.#needed = 2;
    return { fin, opcode, payload: bytes.subarray(start, end) };
  }

  #has(bytes: number): boolean {
    this.#needed = bytes;
    return this.#length >= bytes;
  }

  #joined(): Uint8Array {
    if (this.#chunks.length === 1) return this.#chunks[0]!;
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [bytes];
    return bytes;
  }
}
