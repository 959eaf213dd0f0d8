import { deadline, delay } from "../base/delay.ts";

/** Time for the sent data to leave before the connection is cut, in milliseconds. */
const LEAVE_MS = 50;
/** How long to wait for the body to be cancelled, in milliseconds. */
const GONE_MS = 5_000;

/**
 * A response that closes its connection: all of its body, then an error in place of its end.
 * `Deno.serve` would keep the connection of a request with an unfinished body for as long as the
 * client likes, `Connection: close` or not. The client gets status, fields and text; only the last
 * chunk is missing.
 *
 * @param why What Deno writes to standard error about it.
 * @param gone Resolves when nothing holds the request's body any more: Deno keeps the connection of
 * a response that breaks off before. If the client sends nothing more, the connection stays open,
 * as for any silent client.
 */
export function cutAfter(
  response: Response,
  why: string,
  gone: Promise<void>,
): Response {
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  headers.set("connection", "close");
  // A body that is being compressed would not be sent before its end.
  headers.set("cache-control", "no-store, no-transform");
  headers.delete("content-length");
  let text: ReadableStream<Uint8Array> | null = response.body;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      for await (const piece of text ?? []) controller.enqueue(piece);
      text = null;
      const timely = deadline(gone, GONE_MS).catch(() => {});
      await Promise.all([timely, delay(LEAVE_MS)]);
      controller.error(quiet(why));
    },
  }, { highWaterMark: 0 });
  return new Response(body, { status, statusText, headers });
}

/** Deno writes the error of a failed body to standard error: one line, without a stack. */
function quiet(why: string): Error {
  const error = new Error(why);
  error.stack = why;
  return error;
}
