import { csvLine } from "../base/csv.ts";
import type { ChunkFilter } from "./log_chunk.ts";
import { type RequestItem, requestItem } from "./request_item.ts";
import { scanRequests, type TimeRange } from "./request_query.ts";

/** The columns of a request in CSV. */
export const REQUEST_COLUMNS = [
  "timestamp",
  "ip_address",
  "method",
  "path",
  "status",
  "duration_ms",
  "country",
  "country_code",
  "city",
  "user_agent",
  "referrer",
  "username",
  "outcome",
  "host",
  "signals",
  "rule",
  "asn",
  "operator",
  "bot",
] as const;

/** The matching part of the request log as CSV, oldest first, read as it is taken. */
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
        const item = requestItem(record);
        text += csvLine(REQUEST_COLUMNS.map((column) => cell(item, column)));
      }
      yield text;
    }
  }
  return ReadableStream.from(lines()).pipeThrough(new TextEncoderStream());
}

/** Lists are told apart by blanks; a bot is told by its name. */
function cell(
  item: RequestItem,
  column: typeof REQUEST_COLUMNS[number],
): string | number | null {
  if (column === "signals") return item.signals.join(" ");
  return column === "bot" ? item.bot?.name ?? null : item[column];
}
