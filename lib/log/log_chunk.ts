/**
 * How request records lie in the store: many to a value. A row per record costs a commit and 200
 * bytes each; a block shares every string that repeats (addresses, paths, user agents) and keeps the
 * rest as 26 bytes of numbers, which Deno KV copies without parsing.
 *
 * @module
 */
import type { Sealed } from "../privacy/seal.ts";
import type { Outcome, RequestRecord } from "./request_record.ts";

/** The value under one `request_log` key. */
export interface RequestBlock {
  v: 1;
  /** Milliseconds since the epoch that every row's time is counted from; none is before it. */
  base: number;
  /** When the block must be forgotten, in milliseconds since the epoch. */
  expires_at: number;
  /**
   * When it was stored last, in milliseconds since the epoch: what a shorter retention counts from,
   * as an imported log may be older than any. Blocks of older versions do not say.
   */
  written_at?: number;
  /** Whole addresses by the numbers of their strings, where these are hashes (`PRIVACY_IP`). */
  sealed?: Sealed;
  /** The rows' strings; number 0 stands for null. */
  strings: string[];
  /** `COLUMNS` numbers a row, roughly in order of time. */
  rows: Uint16Array;
}

/**
 * A block lies within one minute (UTC), so its first and its last record are less than this apart,
 * and minutes, hours and days consist of whole blocks.
 */
export const MAX_SPAN_MS = 60_000;

/**
 * Where in a row a number stands. All but time, status, duration and outcome are numbers of strings;
 * an outcome is one of `OUTCOMES`.
 */
export const LAYOUT = {
  /** Numbers a row. */
  COLUMNS: 13,
  TIME: 0,
  IP: 1,
  METHOD: 2,
  PATH: 3,
  STATUS: 4,
  DURATION_LOW: 5,
  DURATION_HIGH: 6,
  COUNTRY: 7,
  CITY: 8,
  USER_AGENT: 9,
  REFERRER: 10,
  USERNAME: 11,
  OUTCOME: 12,
  OUTCOMES: ["allowed", "blocked", "limited"] as readonly Outcome[],
} as const;

const {
  COLUMNS,
  TIME,
  IP,
  METHOD,
  PATH,
  STATUS,
  DURATION_LOW,
  DURATION_HIGH,
  COUNTRY,
  CITY,
  USER_AGENT,
  REFERRER,
  USERNAME,
  OUTCOME,
  OUTCOMES,
} = LAYOUT;

/** How many records a block holds. */
export function blockSize(block: RequestBlock): number {
  return block.rows.length / COLUMNS;
}

/** The time of record number `index`, in milliseconds since the epoch. */
export function timestampAt(block: RequestBlock, index: number): number {
  return block.base + block.rows[index * COLUMNS + TIME]!;
}

/** Record number `index` of a block. */
export function recordAt(block: RequestBlock, index: number): RequestRecord {
  const { rows, strings } = block;
  const at = index * COLUMNS;
  const text = (column: number): string | null => {
    const number = rows[at + column]!;
    return number === 0 ? null : strings[number] ?? null;
  };
  return {
    timestamp: block.base + rows[at + TIME]!,
    ip_address: text(IP) ?? "",
    method: text(METHOD) ?? "",
    path: text(PATH) ?? "",
    status: rows[at + STATUS]!,
    duration_ms: (rows[at + DURATION_LOW]! +
      rows[at + DURATION_HIGH]! * 65_536) / 1_000,
    country_code: text(COUNTRY),
    city: text(CITY),
    user_agent: text(USER_AGENT),
    referrer: text(REFERRER),
    username: text(USERNAME),
    outcome: OUTCOMES[rows[at + OUTCOME]!] ?? "allowed",
  };
}

/** What a block is searched for; every condition that is given must hold. */
export interface BlockFilter {
  ip?: (ip: string) => boolean;
  path?: (path: string) => boolean;
  method?: (method: string) => boolean;
  status?: (status: number) => boolean;
  country?: (code: string | null) => boolean;
  username?: (name: string | null) => boolean;
  outcome?: Outcome;
  /** Outcomes that are left out. */
  exceptOutcomes?: readonly Outcome[];
  /**
   * Names by which a search may skip what cannot match: a test of the same field above lets nothing
   * through but the one path or user name, or these addresses or those of the one /24 or /48.
   */
  names?: {
    ip?: string | readonly string[];
    path?: string;
    username?: string;
  };
}

/**
 * The numbers of the records in a block that a filter lets through, ascending. Each distinct
 * string is tested once, so that a block without the address asked for costs no more than its list
 * of strings.
 */
export function matchingRows(
  block: RequestBlock,
  filter: BlockFilter,
): number[] {
  const { rows, strings } = block;
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
  onString(IP, filter.ip && ((text) => filter.ip!(text ?? "")));
  onString(PATH, filter.path && ((text) => filter.path!(text ?? "")));
  onString(
    METHOD,
    filter.method && ((text) => filter.method!(text ?? "")),
  );
  onString(COUNTRY, filter.country);
  onString(USERNAME, filter.username);
  const outcome = filter.outcome && OUTCOMES.indexOf(filter.outcome);
  const except = filter.exceptOutcomes?.map((each) => OUTCOMES.indexOf(each));

  const found: number[] = [];
  rows: for (let at = 0, index = 0; at < rows.length; at += COLUMNS, index++) {
    if (outcome !== undefined && rows[at + OUTCOME] !== outcome) {
      continue;
    }
    if (except?.includes(rows[at + OUTCOME]!)) continue;
    if (filter.status && !filter.status(rows[at + STATUS]!)) continue;
    for (const { column, passes, test } of tests) {
      const string = rows[at + column]!;
      // 0 not tested yet, 1 passes, -1 does not.
      const known = passes[string]! || (passes[string] = test(string) ? 1 : -1);
      if (known < 0) continue rows;
    }
    found.push(index);
  }
  return found;
}
