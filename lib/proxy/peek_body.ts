import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { isSeen, type SeenBody } from "../http/first_piece.ts";
import type { Judged } from "../http/target.ts";

/** A body that is sent apart from its head follows it at once, or is not waited for. */
const WAIT_MS = 100;

/**
 * The body of a request, where it is one that is looked at and comes at once; put back for whoever
 * sends it on. Null where there is nothing to look at.
 */
export function peekBody(
  request: IncomingMessage,
  { fault, framing }: Judged,
): Promise<SeenBody | null> | null {
  if (fault !== null || framing !== "length") return null;
  const { headers } = request;
  const type = headers["content-type"] ?? null;
  const length = headers["content-length"] ?? null;
  const encoding = headers["content-encoding"] ?? null;
  if (!isSeen(length, type, encoding) || headers.expect !== undefined) {
    return null;
  }
  return peeked(request, Number(length), type!);
}

async function peeked(
  request: IncomingMessage,
  length: number,
  type: string,
): Promise<SeenBody | null> {
  // What came with the head is read by the parser right after it.
  await Promise.resolve();
  const bytes = await arrived(request, length);
  return bytes.length === length
    ? { text: new TextDecoder().decode(bytes), type }
    : null;
}

/** What has come once it is so much, nothing more will come, or it takes too long. */
function arrived(request: IncomingMessage, length: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let got = 0;
    const done = () => {
      clearTimeout(timer);
      for (const event of EVENTS) request.off(event, look);
      const bytes = Buffer.concat(pieces);
      // In the same turn as it was taken, or the stream would say that it has ended.
      if (got > 0 && !request.destroyed) request.unshift(bytes);
      resolve(bytes);
    };
    const look = () => {
      for (;;) {
        const piece = request.read() as Buffer | null;
        if (piece === null) break;
        pieces.push(piece);
        got += piece.length;
      }
      if (got >= length || request.destroyed || request.complete) done();
    };
    const timer = setTimeout(done, WAIT_MS);
    for (const event of EVENTS) request.on(event, look);
    look();
  });
}

const EVENTS = ["readable", "close", "error"] as const;
