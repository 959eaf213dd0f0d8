import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { isSeen, type SeenBody } from "../http/first_piece.ts";
import type { Judged } from "../http/target.ts";

/** How long to wait for a body that is sent apart from its head; after that it is not inspected. */
const WAIT_MS = 100;

/**
 * The body of a request, if it is to be inspected and arrives at once; it is put back for the next
 * reader. Null if there is nothing to inspect.
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
  // The parser reads what was received with the head right after it.
  await Promise.resolve();
  const bytes = await arrived(request, length);
  return bytes.length === length
    ? { text: new TextDecoder().decode(bytes), type }
    : null;
}

/** What has arrived once it has the full length, has ended, or timed out. */
function arrived(request: IncomingMessage, length: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let got = 0;
    const done = () => {
      clearTimeout(timer);
      for (const event of EVENTS) request.off(event, look);
      const bytes = Buffer.concat(pieces);
      // In the same turn as it was read, or the stream would report its end.
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
