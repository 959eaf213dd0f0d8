import type { ChunkFilter } from "./log_chunk.ts";
import { requestItem } from "./request_item.ts";
import { scanRequests, type TimeRange } from "./request_query.ts";

/** The matching part of the request log as one JSON list, oldest first, read on demand. */
export function requestJson(
  kv: Deno.Kv,
  range: TimeRange,
  now: () => number,
  filter: ChunkFilter,
): ReadableStream<Uint8Array> {
  async function* parts(): AsyncGenerator<string> {
    let before = "[\n";
    for await (const records of scanRequests(kv, range, now, filter)) {
      let text = "";
      for (const record of records) {
        text += before + JSON.stringify(requestItem(record));
        before = ",\n";
      }
      yield text;
    }
    yield before === "[\n" ? "[]\n" : "\n]\n";
  }
  return ReadableStream.from(parts()).pipeThrough(new TextEncoderStream());
}
