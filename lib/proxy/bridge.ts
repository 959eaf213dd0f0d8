import type { Duplex } from "node:stream";
import { closeFrame, FrameMeter } from "./frames.ts";

/** A longer message, finished or not, is closed with 1009. */
const MAX_MESSAGE = 16 * 1024 * 1024;
/** How long the ends may take to close, in milliseconds. */
const CLOSE_MS = 2_000;
/** The close code for a client whose app closed without one. */
const INTERNAL_ERROR = 1011;
const GOING_AWAY = 1001;
const POLICY = 1008;

/** A WebSocket that passes through. */
export interface Bridge {
  /** Ends it for a block. */
  refuse(): void;
  /** Ends it for the process's own end. */
  goAway(): void;
}

/**
 * Passes frames between two raw streams as they are and as fast as the slower one takes them, until
 * either ends. Nothing is held but what fits the streams' own buffers.
 *
 * @param early What came with the heads: the client's, then the upstream's.
 */
export function bridge(
  client: Duplex,
  upstream: Duplex,
  early: { client: Uint8Array; upstream: Uint8Array; extended: boolean },
): Bridge {
  const { extended } = early;
  const maxMessage = MAX_MESSAGE;
  const sent = new FrameMeter({ masked: true, extended, maxMessage });
  const received = new FrameMeter({ masked: false, extended, maxMessage });
  let over = false;

  /** Sends a close frame to one end if it fits between two frames. */
  function hangUp(stream: Duplex, frame: Uint8Array, fits: boolean): void {
    if (fits) stream.end(frame);
    else stream.end();
    // What still comes is read away, or the end would be a reset that overtakes the close frame.
    stream.resume();
  }

  function end(
    code: number,
    reason: string,
    sentFits = sent.atBoundary,
    receivedFits = received.atBoundary,
  ): void {
    if (over) return;
    over = true;
    const toClient = closeFrame(code, reason, false);
    hangUp(client, toClient, receivedFits && !received.closed);
    hangUp(upstream, closeFrame(code, reason, true), sentFits && !sent.closed);
    cutSoon();
  }

  /** A WebSocket that is closed at one end is of no use at the other. */
  function cutSoon(): void {
    Deno.unrefTimer(setTimeout(() => {
      client.destroy();
      upstream.destroy();
    }, CLOSE_MS));
  }

  client.on("data", (chunk: Uint8Array) => {
    if (over) return;
    const fits = sent.atBoundary;
    const code = sent.push(chunk);
    if (code !== 0) end(code, "", fits);
    else write(client, upstream, chunk);
  });
  function receive(chunk: Uint8Array): void {
    if (over) return;
    const fits = received.atBoundary;
    const code = received.push(chunk);
    if (code !== 0) end(code, "", sent.atBoundary, fits);
    else write(upstream, client, chunk);
  }
  function abandoned(): void {
    if (!received.closed) {
      return end(INTERNAL_ERROR, "The app closed the connection");
    }
    client.end();
    cutSoon();
  }
  client.on("error", () => {});
  upstream.on("error", () => {});
  client.on("end", () => {
    upstream.end();
    cutSoon();
  });
  client.on("close", () => {
    over = true;
    upstream.destroy();
  });
  upstream.on("data", receive);
  upstream.on("end", abandoned);
  upstream.on("close", abandoned);
  if (early.upstream.length > 0) receive(early.upstream);
  if (early.client.length > 0) client.emit("data", early.client);
  return {
    refuse: () => end(POLICY, "Blocked"),
    goAway: () => end(GOING_AWAY, ""),
  };
}

/** As fast as the slower end takes it. */
function write(from: Duplex, to: Duplex, chunk: Uint8Array): void {
  if (to.write(chunk)) return;
  from.pause();
  to.once("drain", () => from.resume());
}
