import { printableJson } from "../base/text.ts";

/**
 * A JSON object as a text in pieces, so that a list may be longer than memory. Lists that are read
 * while they are written are async iterables; everything else is written as it is.
 */
export async function* jsonObject(
  members: Record<string, unknown>,
): AsyncGenerator<string> {
  let isFirst = true;
  for (const [name, value] of Object.entries(members)) {
    yield `${isFirst ? "{" : ","}\n${printableJson(name, 0)}: `;
    isFirst = false;
    if (!isIterable(value)) {
      yield printableJson(value ?? null, 0);
      continue;
    }
    let count = 0;
    for await (const item of value) {
      yield `${count++ === 0 ? "[" : ","}\n  ${printableJson(item, 0)}`;
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
