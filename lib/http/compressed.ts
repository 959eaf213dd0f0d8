/**
 * Compressed responses. `Deno.serve` can compress, but has no minimum size: for the response to a
 * blocked client it took 120 µs of processor time instead of 10, for nothing.
 *
 * @module
 */
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { acceptedEncoding, type Encoding } from "./accept_encoding.ts";

/** Below this the added header fields take as much as is saved. */
export const LEAST_COMPRESSED = 1_024;
/**
 * A body that comes in one chunk of up to this size is compressed at once; its length is then
 * known.
 */
const MOST_AT_ONCE = 256 * 1_024;
/** As fast as gzip's default, and a fifth smaller. */
const BROTLI_QUALITY = 4;
/**
 * Longer pages have few readers; they get a quality higher by one: a tenth smaller for a quarter
 * more work.
 */
const LONG = 64 * 1_024;

/**
 * Types worth compressing; images and fonts are compressed already, and events must be sent one by
 * one.
 */
export const TEXTS =
  /^(?:text\/(?!event-stream)|image\/svg|application\/(?:[\w.+-]*json|javascript|xml|wasm|manifest\+json))/i;

/** The response, compressed if it is a text of 1 KiB or more and its client accepts that. */
export function compressed(
  request: Request,
  response: Response,
): Response | Promise<Response> {
  const accepted = request.headers.get("accept-encoding");
  if (accepted === null) return response;
  const { headers, status } = response;
  const length = headers.get("content-length");
  if (
    length !== null && Number(length) < LEAST_COMPRESSED ||
    status === 206 || request.method === "HEAD" ||
    !TEXTS.test(headers.get("content-type") ?? "") ||
    headers.has("content-encoding") ||
    headers.get("cache-control")?.includes("no-transform")
  ) return response;
  const encoding = acceptedEncoding(accepted);
  return encoding === null || response.body === null
    ? response
    : packed(response, response.body, encoding);
}

async function packed(
  response: Response,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  encoding: Encoding,
): Promise<Response> {
  const reader = body.getReader();
  const first = await reader.read();
  const bytes = first.value ?? new Uint8Array(0);
  const second = first.done ? first : await reader.read();
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  headers.append("vary", "Accept-Encoding");
  if (second.done && bytes.length <= MOST_AT_ONCE) {
    const isLong = bytes.length >= LEAST_COMPRESSED;
    if (isLong) describe(headers, encoding);
    return new Response(isLong ? packAll(bytes, encoding) : bytes, {
      status,
      statusText,
      headers,
    });
  }
  const rest = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes);
      if (second.done) controller.close();
      else controller.enqueue(second.value);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  const stream = compressionStream(encoding);
  if (stream !== null) describe(headers, encoding);
  return new Response(stream === null ? rest : rest.pipeThrough(stream), {
    status,
    statusText,
    headers,
  });
}

/** A streaming compressor; null if this Deno has none for brotli. */
function compressionStream(encoding: Encoding): CompressionStream | null {
  try {
    return new CompressionStream(encoding === "br" ? "brotli" : encoding);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function packAll(
  bytes: Uint8Array,
  encoding: Encoding,
): Uint8Array<ArrayBuffer> {
  const packed = encoding === "gzip" ? gzipSync(bytes) : brotliCompressSync(
    bytes,
    {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY +
          (bytes.length > LONG ? 1 : 0),
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    },
  );
  return new Uint8Array(packed);
}

/**
 * Marks a response as compressed. Its bytes differ, so its `ETag` becomes a weak one (RFC 9110,
 * section 8.8.1), and its length is removed.
 */
export function describe(headers: Headers, encoding: Encoding): void {
  headers.set("content-encoding", encoding);
  headers.delete("content-length");
  const etag = headers.get("etag");
  if (etag !== null && !etag.startsWith("W/")) headers.set("etag", `W/${etag}`);
}
