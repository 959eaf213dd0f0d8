import type { Duplex } from "node:stream";
import { closeFrame, FrameMeter } from "./frames.ts";

/** A longer message, finished or not, is closed with 1009. */
const MAX_MESSAGE = 16 * 1024 * 1024;
/** How long both sides may take to close, in milliseconds. */
const CLOSE_MS = 2_000;
/** The close code for a client whose app closed without one. */
const INTERNAL_ERROR = 1011;
const GOING_AWAY = 1001;
const POLICY = 1008;

/** A proxied WebSocket. */
export interface Bridge {
  /** Closes it because of a block. */
  refuse(): void;
  /** Closes it because the process shuts down. */
  goAway(): void;
}

/**
 * Passes frames between two raw streams unchanged and as fast as the slower side reads, until
 * either ends. Nothing is buffered beyond the streams' own buffers.
 *
 * @param early What was received with the heads: the client's, then the upstream's.
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

  /** Sends a close frame to one side if it fits between two frames. */
  function hangUp(stream: Duplex, frame: Uint8Array, fits: boolean): void {
    if (fits) stream.end(frame);
    else stream.end();
    // Further input is discarded, or closing would send a reset that overtakes the close frame.
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

  /** When one side is closed, the other is closed soon after. */
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

/** Applies back-pressure: reading pauses while the other side is slower. */
function write(from: Duplex, to: Duplex, chunk: Uint8Array): void {
  if (to.write(chunk)) return;
  from.pause();
  to.once("drain", () => from.resume());
}
