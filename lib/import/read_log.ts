import type { RequestRecord } from "../log/request_record.ts";
import { parseCombined } from "./combined_log.ts";
import { parseJsonItem } from "./json_log.ts";
import { readLines } from "./lines.ts";

/** Formats of access logs that can be imported. */
export type LogFormat = "combined" | "json";

/** A part of an access log that was read. */
export interface LogPart {
  records: RequestRecord[];
  /** Lines that could not be read, too long ones included. */
  unparsable: number;
}

/** Reads an access log's requests; a line that cannot be read is counted, not fatal. */
export async function* readLog(
  stream: AsyncIterable<Uint8Array>,
  format: LogFormat,
): AsyncGenerator<LogPart> {
  const parse = format === "json" ? parseJsonItem : parseCombined;
  for await (const { lines, tooLong } of readLines(stream)) {
    const part: LogPart = { records: [], unparsable: tooLong };
    for (const line of lines) {
      if (format === "json" && isFrame(line)) continue;
      const record = parse(line);
      if (record) part.records.push(record);
      else part.unparsable++;
    }
    yield part;
  }
}

/** A JSON array's first or last line. */
function isFrame(line: string): boolean {
  return line === "[" || line === "]";
}
