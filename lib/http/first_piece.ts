import { changedRequest } from "./changed_request.ts";

/** What of a body is looked at before a handler runs, in bytes. */
const MOST_SEEN = 65_536;
/** A body that is sent apart from its head follows it at once, or is not waited for. */
const WAIT_MS = 100;

/** A body that came as a whole, and its media type. */
export interface SeenBody {
  text: string;
  type: string;
}

/**
 * Whether a body is one that is looked at: a form or JSON of a stated length up to 64 KiB, that
 * nobody has packed.
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

/** What came of a request's body, and the request to go on with. */
export interface Piece {
  seen: SeenBody | null;
  request: Request;
}

/**
 * The body of a request, where it is one that is looked at and comes in one piece; and the request
 * to go on with, whose body nobody has touched. Null where there is nothing to look at.
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
    // Whoever reads on meets the error again.
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
