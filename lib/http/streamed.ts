/**
 * Whether a response's body is a stream. The web API does not tell, and accessing `body` would turn
 * a text into a stream; Deno keeps the source of a body behind a symbol, which is looked up once.
 * If it is not found, every body counts as a stream.
 *
 * @module
 */
type Inner = Record<symbol, { body?: { streamOrStatic?: unknown } | null }>;

const KEY = Object.getOwnPropertySymbols(new Response(new ReadableStream()))
  .find((key) =>
    streamBehind(new Response(new ReadableStream()), key) &&
    !streamBehind(new Response("text"), key) &&
    !streamBehind(new Response(new Uint8Array(1)), key)
  );

function streamBehind(response: Response, key: symbol): boolean {
  const inner = (response as unknown as Inner)[key];
  return inner?.body?.streamOrStatic instanceof ReadableStream;
}

/** See the module. */
export const isStreamed: (response: Response) => boolean = KEY === undefined
  ? () => true
  : (response) => streamBehind(response, KEY);
