/**
 * The stored form of request records: many in one value. A row per record costs a commit and 200
 * bytes each; a chunk shares every string that repeats (addresses, paths, user agents) and keeps
 * the rest as 36 bytes of numbers, which Deno KV copies without parsing.
 *
 * @module
 */
import type { Sealed } from "../privacy/seal.ts";
import { logLine } from "../base/log_line.ts";
import { isConsolePath } from "./console_path.ts";
import {
  type Outcome,
  outcomeNumber,
  OUTCOMES,
  type RequestRecord,
} from "./request_record.ts";
import {
  asnOf,
  AT,
  COLUMNS,
  columnsIn,
  operatorOf,
  readRow,
  VERSION,
} from "./columns.ts";
import { MINUTE } from "../base/duration.ts";

/** The value under one `request_log` key. */
export interface LogChunk {
  /** The version of its format: see {@linkcode chunkVersion}. */
  v: number;
  /** Milliseconds since the epoch that every row's time is relative to; none is earlier. */
  base: number;
  /** When the chunk expires, in milliseconds since the epoch. */
  expires_at: number;
  /**
   * When it was last stored, in milliseconds since the epoch: a shorter retention starts here, as
   * an imported log may be of any age. Missing in chunks of older versions.
   */
  written_at?: number;
  /** Whole addresses by the numbers of their strings, if those are hashes (`PRIVACY_IP`). */
  sealed?: Sealed;
  /** The rows' strings; number 0 is null. */
  strings: string[];
  /** `COLUMNS` numbers per row, roughly in order of time. */
  rows: Uint16Array;
  /**
   * A quiet hour of an imported log, with a few records in each minute, is one chunk: these
   * minutes, ascending, are added to each row's time.
   */
  minutes?: Uint8Array;
}

/**
 * A chunk is within one minute (UTC), so its first and its last record are less than this apart,
 * and minutes, hours and days consist of whole chunks. A chunk of a whole hour is read by minutes,
 * see {@linkcode minutesOf}.
 */
export const MAX_SPAN_MS = MINUTE;

/**
 * Reads the chunk under a `request_log` key, converting older versions to the current one. Null for
 * a newer version: its columns would be misread.
 */
export function readChunk(value: unknown): LogChunk | null {
  const chunk = value as LogChunk;
  const { v } = chunk;
  if (!Number.isInteger(v) || v < 1 || v > chunkVersion(true)) {
    return skipped(`version ${v}`);
  }
  const columns = columnsIn(v);
  const current = columns === COLUMNS ? chunk : widened(chunk, columns);
  const { rows } = current;
  for (let at = AT.outcome; at < rows.length; at += COLUMNS) {
    if (rows[at]! >= OUTCOMES.length) return skipped(`outcome ${rows[at]}`);
  }
  return current;
}

/** The version to write: that of the newest column, and with `minutes` at least 4. */
export function chunkVersion(hasMinutes: boolean): number {
  return hasMinutes ? Math.max(4, VERSION) : VERSION;
}

function widened(chunk: LogChunk, columns: number): LogChunk {
  const count = chunk.rows.length / columns;
  const rows = new Uint16Array(count * COLUMNS);
  for (let row = 0; row < count; row++) {
    const from = row * columns;
    rows.set(chunk.rows.subarray(from, from + columns), row * COLUMNS);
  }
  return { ...chunk, v: chunkVersion(chunk.minutes !== undefined), rows };
}

let isSkipReported = false;

/** Logged once per process, as every reader finds the same chunk. */
function skipped(why: string): null {
  if (!isSkipReported) {
    isSkipReported = true;
    logLine("warn", "sys_log_chunk_skipped", {
      why:
        `a part of the request log has ${why}: use the newer Portcullis that wrote it`,
    });
  }
  return null;
}

/** Splits an hour's chunk into minutes; a chunk of a minute is its only part. */
export function* minutesOf(chunk: LogChunk): Generator<LogChunk> {
  const { minutes, ...common } = chunk;
  if (minutes === undefined) {
    yield chunk;
    return;
  }
  for (let from = 0, to; from < minutes.length; from = to) {
    const minute = minutes[from]!;
    to = from + 1;
    while (to < minutes.length && minutes[to] === minute) to++;
    yield {
      ...common,
      v: chunkVersion(false),
      base: common.base + minute * MAX_SPAN_MS,
      rows: common.rows.subarray(from * COLUMNS, to * COLUMNS),
    };
  }
}

/** Number of records in a chunk. */
export function chunkSize(chunk: LogChunk): number {
  return chunk.rows.length / COLUMNS;
}

/** The time of record number `index`, in milliseconds since the epoch. */
export function timestampAt(
  { base, minutes, rows }: LogChunk,
  index: number,
): number {
  const time = base + rows[index * COLUMNS + AT.timestamp]!;
  return minutes === undefined ? time : time + minutes[index]! * MAX_SPAN_MS;
}

/** Record number `index` of a chunk. */
export function recordAt(chunk: LogChunk, index: number): RequestRecord {
  return readRow(chunk, index * COLUMNS);
}

/** Conditions for records of a chunk; all given ones must hold. */
export interface ChunkFilter {
  ip?: (ip: string) => boolean;
  path?: (path: string) => boolean;
  method?: (method: string) => boolean;
  status?: (status: number) => boolean;
  country?: (code: string | null) => boolean;
  username?: (name: string | null) => boolean;
  host?: (host: string | null) => boolean;
  rule?: (name: string | null) => boolean;
  userAgent?: (text: string | null) => boolean;
  asn?: (asn: number | null) => boolean;
  operator?: (name: string | null) => boolean;
  referrer?: (text: string | null) => boolean;
  /** Excludes the console's own requests by signed-in users, or all others. */
  console?: "hide" | "only";
  /** Tests a mask of signals. */
  signals?: (mask: number) => boolean;
  outcome?: Outcome;
  /** Outcomes that are excluded. */
  exceptOutcomes?: readonly Outcome[];
  /**
   * Names by which a search can skip chunks that cannot match: the test of the same field above
   * only accepts this path or user name, or these addresses or those of this /24 or /48.
   */
  names?: {
    ip?: string | readonly string[];
    path?: string;
    username?: string;
  };
}

/**
 * The indexes of a chunk's records that match a filter, ascending. Each distinct string is tested
 * once, so that a chunk without the requested address costs no more than its list of strings.
 */
export function matchingRows(
  chunk: LogChunk,
  filter: ChunkFilter,
): number[] {
  const { rows, strings } = chunk;
  const tests: {
    column: number;
    passes: Int8Array;
    test: (index: number) => boolean;
  }[] = [];
  const onString = (
    column: number,
    test?: (text: string | null) => boolean,
  ) => {
    if (!test) return;
    tests.push({
      column,
      passes: new Int8Array(strings.length),
      test: (index) => test(index === 0 ? null : strings[index]!),
    });
  };
  onString(AT.ip_address, filter.ip && ((text) => filter.ip!(text ?? "")));
  onString(AT.path, filter.path && ((text) => filter.path!(text ?? "")));
  onString(
    AT.method,
    filter.method && ((text) => filter.method!(text ?? "")),
  );
  onString(AT.country_code, filter.country);
  onString(AT.username, filter.username);
  onString(AT.host, filter.host);
  onString(AT.rule, filter.rule);
  onString(AT.user_agent, filter.userAgent);
  onString(AT.asn, filter.asn && ((text) => filter.asn!(asnOf(text))));
  onString(
    AT.asn,
    filter.operator && ((text) => filter.operator!(operatorOf(text))),
  );
  onString(AT.referrer, filter.referrer);
  const isOwn = filter.console && consoleRows(chunk);
  const outcome = filter.outcome && outcomeNumber(filter.outcome);
  const except = filter.exceptOutcomes?.map(outcomeNumber);

  const found: number[] = [];
  rows: for (let at = 0, index = 0; at < rows.length; at += COLUMNS, index++) {
    if (outcome !== undefined && rows[at + AT.outcome] !== outcome) {
      continue;
    }
    if (except?.includes(rows[at + AT.outcome]!)) continue;
    if (filter.status && !filter.status(rows[at + AT.status]!)) continue;
    if (filter.signals && !filter.signals(rows[at + AT.signals]!)) continue;
    if (isOwn && isOwn(at) !== (filter.console === "only")) continue;
    for (const { column, passes, test } of tests) {
      const string = rows[at + column]!;
      // 0: not tested yet, 1: matches, -1: does not.
      const known = passes[string]! || (passes[string] = test(string) ? 1 : -1);
      if (known < 0) continue rows;
    }
    found.push(index);
  }
  return found;
}

/** Returns a test for the row at an offset: whether a signed-in user requested the console. */
function consoleRows({ rows, strings }: LogChunk): (at: number) => boolean {
  const paths = strings.map((text) => text !== null && isConsolePath(text));
  return (at) =>
    rows[at + AT.username] !== 0 && paths[rows[at + AT.path]!] === true;
}
