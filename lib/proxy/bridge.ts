import type { Duplex } from "node:stream";
import { encodeFrame, FrameError, FrameReader, OPCODE } from "./frames.ts";

/** A longer message is closed with 1009. */
const MAX_MESSAGE = 16 * 1024 * 1024;
/** Who does not read what comes is cut off, rather than kept in memory. */
const MAX_WAITING = 64 * 1024 * 1024;
/** Above this, the upstream is not read until the client has caught up. */
const PAUSE_AT = 1024 * 1024;
const LOOK_EVERY_MS = 20;
/** How long the other end may take to close, in milliseconds. */
const CLOSE_MS = 2_000;
/** Codes that stand for what no close frame can say (RFC 6455, section 7.4.1). */
const NO_CODE = 1005;
const ABNORMAL = 1006;

/**
 * Passes messages between the client's WebSocket and the raw stream of the upstream's, until one of
 * them closes; the other is then closed with the same code and reason.
 */
export function bridge(
  client: WebSocket,
  upstream: Duplex,
  early: Uint8Array,
): void {
  const reader = new FrameReader(MAX_MESSAGE);
  let parts: Uint8Array[] = [];
  let partsLength = 0;
  let partsOpcode = 0;
  /** What the upstream has said before the client's handshake was over. */
  let waiting: Uint8Array[] | null = early.length > 0 ? [early] : [];
  let over = false;
  let closeSent = false;
  let pause: ReturnType<typeof setInterval> | undefined;
  let linger: ReturnType<typeof setTimeout> | undefined;
  client.binaryType = "arraybuffer";

  function write(opcode: number, payload: Uint8Array): void {
    if (closeSent || upstream.destroyed) return;
    upstream.write(encodeFrame(opcode, payload));
    if (upstream.writableLength > MAX_WAITING) end(1013, "Too slow a reader");
  }

  function closeUpstream(code: number, reason: string): void {
    if (closeSent || upstream.destroyed) return;
    if (code === ABNORMAL) {
      upstream.destroy();
      return;
    }
    write(OPCODE.close, closePayload(code, reason));
    closeSent = true;
    upstream.end();
    linger ??= setTimeout(() => upstream.destroy(), CLOSE_MS);
  }

  function closeClient(code: number, reason: string): void {
    if (client.readyState >= WebSocket.CLOSING) return;
    if (code === NO_CODE) client.close();
    else client.close(code === ABNORMAL ? 1011 : code, reason);
  }

  /** Ends both sides for a reason of our own. */
  function end(code: number, reason: string): void {
    if (over) return;
    over = true;
    closeUpstream(code, reason);
    closeClient(code, reason);
  }

  function receive(chunk: Uint8Array): void {
    if (over) return;
    try {
      for (const { fin, opcode, payload } of reader.push(chunk)) {
        if (over) return;
        switch (opcode) {
          case OPCODE.ping:
            write(OPCODE.pong, payload);
            break;
          case OPCODE.pong:
            break;
          case OPCODE.close: {
            const [code, reason] = readClose(payload);
            end(code, reason);
            return;
          }
          default:
            collect(fin, opcode, payload);
        }
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      end(error.code, error.message);
    }
  }

  function collect(fin: boolean, opcode: number, payload: Uint8Array): void {
    if ((opcode === OPCODE.continuation) !== parts.length > 0) {
      throw new FrameError(1002, "Pieces out of order");
    }
    if (parts.length === 0) partsOpcode = opcode;
    parts.push(payload);
    partsLength += payload.length;
    if (partsLength > MAX_MESSAGE) {
      throw new FrameError(1009, "Too long a message");
    }
    if (!fin) return;
    const message = new Uint8Array(partsLength);
    let at = 0;
    for (const part of parts) {
      message.set(part, at);
      at += part.length;
    }
    parts = [];
    partsLength = 0;
    if (client.readyState !== WebSocket.OPEN) return;
    client.send(partsOpcode === OPCODE.text ? utf8(message) : message);
    if (client.bufferedAmount > PAUSE_AT && pause === undefined) {
      upstream.pause();
      pause = setInterval(resume, LOOK_EVERY_MS);
    }
  }

  function resume(): void {
    if (!over && client.bufferedAmount > PAUSE_AT) return;
    clearInterval(pause);
    pause = undefined;
    upstream.resume();
  }

  client.onopen = () => {
    const early = waiting ?? [];
    waiting = null;
    for (const chunk of early) receive(chunk);
  };
  client.onmessage = ({ data }) => {
    if (typeof data === "string") {
      write(OPCODE.text, new TextEncoder().encode(data));
    } else write(OPCODE.binary, new Uint8Array(data as ArrayBuffer));
  };
  client.onerror = () => {};
  client.onclose = ({ code, reason }) => {
    over = true;
    clearInterval(pause);
    closeUpstream(code, reason);
    upstream.resume();
  };
  upstream.on("data", (chunk: Uint8Array) => {
    if (waiting) waiting.push(chunk);
    else receive(chunk);
  });
  upstream.on("error", () => {});
  upstream.on("end", () => end(ABNORMAL, "The upstream hung up"));
  upstream.on("close", () => {
    clearTimeout(linger);
    end(ABNORMAL, "The upstream hung up");
  });
}

function closePayload(code: number, reason: string): Uint8Array {
  if (code === NO_CODE) return new Uint8Array();
  const text = new TextEncoder().encode(reason).subarray(0, 123);
  const payload = new Uint8Array(2 + text.length);
  new DataView(payload.buffer).setUint16(0, code);
  payload.set(text, 2);
  return payload;
}

function readClose(payload: Uint8Array): [code: number, reason: string] {
  if (payload.length === 0) return [NO_CODE, ""];
  const view = new DataView(payload.buffer, payload.byteOffset);
  const code = payload.length === 1 ? 0 : view.getUint16(0);
  const isSendable = code >= 3000 && code < 5000 ||
    code >= 1000 && code <= 1014 && ![1004, NO_CODE, ABNORMAL].includes(code);
  if (!isSendable) throw new FrameError(1002, "No such close code");
  return [code, utf8(payload.subarray(2))];
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    throw new FrameError(1007, "Text that is not UTF-8");
  }
}
