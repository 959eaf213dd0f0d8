/**
 * A JSON object as a text in pieces, so that a list may be longer than memory. Lists that are read
 * while they are written are async iterables; everything else is written as it is.
 */
export async function* jsonObject(
  members: Record<string, unknown>,
): AsyncGenerator<string> {
  let isFirst = true;
  for (const [name, value] of Object.entries(members)) {
    yield `${isFirst ? "{" : ","}\n${JSON.stringify(name)}: `;
    isFirst = false;
    if (!isIterable(value)) {
      yield JSON.stringify(value ?? null);
      continue;
    }
    let count = 0;
    for await (const item of value) {
      yield `${count++ === 0 ? "[" : ","}\n  ${JSON.stringify(item)}`;
    }
    yield count === 0 ? "[]" : "\n]";
  }
  yield isFirst ? "{}\n" : "\n}\n";
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null &&
    Symbol.asyncIterator in value;
}

/** The same as a body; whoever stops to read ends the reading of the store. */
export function jsonBody(
  members: Record<string, unknown>,
): ReadableStream<Uint8Array> {
  return ReadableStream.from(jsonObject(members))
    .pipeThrough(new TextEncoderStream());
}
