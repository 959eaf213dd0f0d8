import type { RequestRecord } from "../log/request_record.ts";
import { readLines } from "./lines.ts";
import { createLogClient } from "./log_client.ts";
import { LogReader, type LogReaderOptions } from "./log_reader.ts";

/** The part of an access log read so far. */
export interface LogPart {
  records: RequestRecord[];
  /** Lines that gave no record, for any reason. */
  unparsable: number;
}

/**
 * Reads an access log's requests with one reader; a line that cannot be read is counted, not fatal.
 * Without `clientOf`, the client is the connection's address.
 */
export async function* readLog(
  stream: AsyncIterable<Uint8Array>,
  options: Partial<LogReaderOptions> = {},
): AsyncGenerator<LogPart> {
  const reader = new LogReader({
    clientOf: createLogClient(),
    now: Date.now,
    ...options,
  });
  let before = 0;
  const part = (records: (RequestRecord | null)[]): LogPart => {
    const { requests: _, notes: __, ...missing } = reader.counts;
    const all = Object.values(missing).reduce((sum, count) => sum + count, 0);
    const unparsable = all - before;
    before = all;
    return { records: records.filter((record) => record !== null), unparsable };
  };
  for await (const { lines, tooLong } of readLines(stream)) {
    reader.skip(tooLong);
    yield part(reader.read(lines));
  }
  yield part(reader.finish());
}
