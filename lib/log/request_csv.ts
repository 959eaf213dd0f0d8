import { csvLine } from "../base/csv.ts";
import type { ChunkFilter } from "./log_chunk.ts";
import { type RequestItem, requestItem } from "./request_item.ts";
import { NO_RECORD } from "./request_record.ts";
import { scanRequests, type TimeRange } from "./request_query.ts";

/** The columns of a request in CSV: the fields of the API. */
export const REQUEST_COLUMNS = Object.keys(
  requestItem(NO_RECORD),
) as (keyof RequestItem)[];

/** The matching part of the request log as CSV, oldest first, read on demand. */
export function requestCsv(
  kv: Deno.Kv,
  range: TimeRange,
  now: () => number,
  filter: ChunkFilter,
): ReadableStream<Uint8Array> {
  async function* lines(): AsyncGenerator<string> {
    yield csvLine(REQUEST_COLUMNS);
    for await (const records of scanRequests(kv, range, now, filter)) {
      let text = "";
      for (const record of records) {
        text += csvLine(requestCells(requestItem(record)));
      }
      yield text;
    }
  }
  return ReadableStream.from(lines()).pipeThrough(new TextEncoderStream());
}

/** A request's cells, in the order of the columns. */
export function requestCells(item: RequestItem): (string | number | null)[] {
  return REQUEST_COLUMNS.map((column) => cell(item, column));
}

/** Lists are separated by spaces; a bot is given by its name. */
function cell(
  item: RequestItem,
  column: keyof RequestItem,
): string | number | null {
  if (column === "signals") return item.signals.join(" ");
  return column === "bot" ? item.bot?.name ?? null : item[column];
}
