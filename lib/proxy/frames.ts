/**
 * WebSocket frames (RFC 6455, section 5) in a proxy: they are passed on unchanged, and only their
 * heads are parsed, so that no message is ever buffered, however long it is.
 *
 * @module
 */

/** The kind of a frame. */
export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

const KNOWN: ReadonlySet<number> = new Set(Object.values(OPCODE));

/** Close codes for invalid streams (RFC 6455, section 7.4.1). */
const PROTOCOL_ERROR = 1002;
const TOO_LONG = 1009;

/** Options of {@linkcode FrameMeter}. */
export interface FrameMeterOptions {
  /** Whether frames have to be masked: a client's must be, a server's must not. */
  masked: boolean;
  /** Whether an extension was negotiated, which may use the reserved bits. */
  extended: boolean;
  /** A longer message, unfinished ones included, is an error, in bytes as sent. */
  maxMessage: number;
}

/** Follows one direction of a WebSocket, in constant memory. */
export class FrameMeter {
  readonly #options: FrameMeterOptions;
  readonly #head = new Uint8Array(14);
  #headLength = 0;
  /** Remaining bytes of the frame's payload. */
  #left = 0;
  /** Bytes of the current message so far; -1 outside a message. */
  #message = -1;
  #closed = false;

  constructor(options: FrameMeterOptions) {
    this.#options = options;
  }

  /** Whether another frame could be inserted here. */
  get atBoundary(): boolean {
    return this.#left === 0 && this.#headLength === 0;
  }

  /** Whether a close frame has been received. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Parses the next chunk; returns 0, or the code to close the stream with. */
  push(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      this.#head[this.#headLength++] = chunk[at++]!;
      const fault = this.#readHead();
      if (fault !== 0) return fault;
    }
    return 0;
  }

  #readHead(): number {
    const head = this.#head;
    const { masked, extended, maxMessage } = this.#options;
    if (this.#headLength < 2) return 0;
    const opcode = head[0]! & 0x0f;
    const isFinal = (head[0]! & 0x80) !== 0;
    const isControl = opcode >= OPCODE.close;
    const short = head[1]! & 0x7f;
    if (this.#headLength === 2) {
      if (
        !KNOWN.has(opcode) || ((head[1]! & 0x80) !== 0) !== masked ||
        (head[0]! & 0x70) !== 0 && !extended ||
        isControl && (!isFinal || short > 125) || this.#closed ||
        !isControl &&
          (opcode === OPCODE.continuation) !== (this.#message >= 0)
      ) return PROTOCOL_ERROR;
    }
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (this.#headLength < 2 + extra + (masked ? 4 : 0)) return 0;
    const view = new DataView(head.buffer);
    const length = extra === 0
      ? short
      : extra === 2
      ? view.getUint16(2)
      : Number(view.getBigUint64(2));
    this.#headLength = 0;
    this.#left = length;
    if (isControl) {
      if (opcode === OPCODE.close) this.#closed = true;
      return 0;
    }
    this.#message = Math.max(0, this.#message) + length;
    if (this.#message > maxMessage) return TOO_LONG;
    if (isFinal) this.#message = -1;
    return 0;
  }
}

/** A close frame, masked as from a client or unmasked as from a server. */
export function closeFrame(
  code: number,
  reason: string,
  masked: boolean,
): Uint8Array {
  const text = new TextEncoder().encode(reason).subarray(0, 123);
  const start = masked ? 6 : 2;
  const frame = new Uint8Array(start + 2 + text.length);
  frame[0] = 0x80 | OPCODE.close;
  frame[1] = (masked ? 0x80 : 0) | 2 + text.length;
  new DataView(frame.buffer).setUint16(start, code);
  frame.set(text, start + 2);
  if (!masked) return frame;
  const mask = crypto.getRandomValues(frame.subarray(2, 6));
  for (let i = start; i < frame.length; i++) frame[i]! ^= mask[i - start & 3]!;
  return frame;
}
