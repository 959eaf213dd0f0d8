/**
 * Whether the body of an answer is made while it is sent. The web's interface does not tell, and to
 * ask for `body` would turn a text into a stream; Deno keeps what an answer was made of behind a
 * symbol, which is looked for once. Where it is not found, every body counts as one that may go on.
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
