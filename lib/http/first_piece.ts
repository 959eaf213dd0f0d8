import { changedRequest } from "./changed_request.ts";

/** The largest body that is inspected before a handler runs, in bytes. */
const MOST_SEEN = 65_536;
/** How long to wait for a body that is sent apart from its head; after that it is not inspected. */
const WAIT_MS = 100;

/** A body that was received completely, and its media type. */
export interface SeenBody {
  text: string;
  type: string;
}

/**
 * Whether a body is inspected: a form or JSON of a stated length up to 64 KiB, without content
 * coding.
 */
export function isSeen(
  length: string | null,
  type: string | null,
  encoding: string | null,
): boolean {
  if (length === null || type === null) return false;
  const bytes = Number(length);
  return bytes > 0 && bytes <= MOST_SEEN &&
    (encoding === null || encoding === "identity") && TYPES.test(type);
}

const TYPES =
  /^\s*(?:application\/(?:x-www-form-urlencoded|[\w.+-]*json)|multipart\/form-data)\b/i;

/** The inspected body, if any, and the request to pass on. */
export interface Piece {
  seen: SeenBody | null;
  request: Request;
}

/**
 * The body of a request, if it is to be inspected and arrives in one chunk; and the request to pass
 * on, whose body can still be read from its start. Null if there is nothing to inspect.
 */
export function firstPiece(
  request: Request,
): null | Promise<Piece> {
  const { method } = request;
  if (method === "GET" || method === "HEAD") return null;
  const { headers } = request;
  const length = headers.get("content-length");
  const type = headers.get("content-type");
  if (!isSeen(length, type, headers.get("content-encoding"))) return null;
  if (headers.has("expect") || request.body === null) return null;
  return firstOf(request, request.body.getReader());
}

async function firstOf(
  request: Request,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Piece> {
  const { headers } = request;
  let reading: Promise<ReadableStreamReadResult<Uint8Array>> | null = reader
    .read();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const first = await Promise.race([
    // The next read throws the error again.
    reading.catch(() => null),
    new Promise<null>((resolve) => {
      timer = setTimeout(resolve, WAIT_MS, null);
    }),
  ]).finally(() => clearTimeout(timer));
  const piece = first?.value;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const result = await (reading ?? reader.read());
      reading = null;
      if (result.done) controller.close();
      else controller.enqueue(result.value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return {
    seen: piece?.length === Number(headers.get("content-length"))
      ? {
        text: new TextDecoder().decode(piece),
        type: headers.get("content-type")!,
      }
      : null,
    request: changedRequest(request, { body }),
  };
}
