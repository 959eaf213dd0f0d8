/**
 * The columns of the request log: how each field of a record is packed into the numbers of a row,
 * read back, and erased. To add a column, add it to {@linkcode RequestRecord} and to the end of the
 * table below with the next version, and a line to {@linkcode writeRow} and {@linkcode readRow};
 * chunks of older versions are read with zeros for it.
 *
 * @module
 */
import { MINUTE } from "../base/duration.ts";
import {
  outcomeNumber,
  OUTCOMES,
  type RequestRecord,
} from "./request_record.ts";

/** The rows, the strings that their numbers refer to, and the time they are relative to. */
export interface Rows {
  base: number;
  /** Number 0 is null. */
  strings: readonly string[];
  rows: Uint16Array;
  /** Minutes to add to each row's time, in a chunk of a whole hour. */
  minutes?: Uint8Array;
}

/** Numbers strings while rows are written. */
export interface Interner {
  intern(text: string | null): number;
  /** The same for {@linkcode operatorText}. */
  internOperator(asn: number, operator: string | null): number;
}

/** How a field of a record is stored. */
interface Column<T> {
  /** Number of cells: 2, or 0 if it is read from another column. */
  cells: 0 | 1 | 2;
  /** The first version of the chunk with it. */
  since: number;
  /** Whether its number refers to a string. */
  isText?: boolean;
  /** Whether it is personal data, which is cleared when a record is anonymised. */
  isPersonal?: boolean;
  read(stored: Rows, at: number): T;
}

type Options = { since?: number; isPersonal?: boolean };

function textAt({ rows, strings }: Rows, at: number): string | null {
  const number = rows[at]!;
  return number === 0 ? null : strings[number] ?? null;
}

/** A text, or null. */
function text(
  { since = 1, isPersonal = false }: Options = {},
): Column<string | null> {
  return { cells: 1, since, isText: true, isPersonal, read: textAt };
}

/** A text that is never null. */
function requiredText(): Column<string> {
  return { ...text(), read: (stored, at) => textAt(stored, at) ?? "" };
}

/** A number below 65,536. */
function number({ since = 1 }: Options = {}): Column<number> {
  return { cells: 1, since, read: ({ rows }, at) => rows[at]! };
}

/** An unknown duration; others are limited to less. */
const NO_DURATION = 0xffff_ffff;

const TABLE: { [F in keyof RequestRecord]: Column<RequestRecord[F]> } = {
  timestamp: {
    cells: 1,
    since: 1,
    read({ rows, base, minutes }, at) {
      const time = base + rows[at]!;
      return minutes === undefined
        ? time
        : time + minutes[(at - AT.timestamp) / COLUMNS]! * MINUTE;
    },
  },
  ip_address: requiredText(),
  method: requiredText(),
  path: requiredText(),
  status: number(),
  // In microseconds: up to 71 minutes.
  duration_ms: {
    cells: 2,
    since: 1,
    read({ rows }, at) {
      const microseconds = rows[at]! + rows[at + 1]! * 65_536;
      return microseconds === NO_DURATION ? null : microseconds / 1_000;
    },
  },
  country_code: text(),
  city: text({ isPersonal: true }),
  user_agent: text({ isPersonal: true }),
  referrer: text({ isPersonal: true }),
  username: text({ isPersonal: true }),
  outcome: {
    cells: 1,
    since: 1,
    read: ({ rows }, at) => OUTCOMES[rows[at]!]!,
  },
  host: text({ since: 2 }),
  signals: number({ since: 2 }),
  rule: text({ since: 2 }),
  // Number and name of an operator, in one string.
  asn: {
    cells: 1,
    since: 2,
    isText: true,
    read: (stored, at) => asnOf(textAt(stored, at)),
  },
  operator: {
    cells: 0,
    since: 2,
    // Read from the column before it.
    read: (stored, at) => operatorOf(textAt(stored, at - 1)),
  },
  flags: number({ since: 3 }),
};

/** The stored form of an operator's number and name, in one string. */
export function operatorText(asn: number, operator: string | null): string {
  return `${asn} ${operator ?? ""}`;
}

/** The number in an operator's text. */
export function asnOf(text: string | null): number | null {
  return text === null ? null : parseInt(text, 10);
}

/** The name in an operator's text. */
export function operatorOf(text: string | null): string | null {
  return text?.slice(text.indexOf(" ") + 1) || null;
}

const FIELDS = Object.entries(TABLE) as [
  keyof RequestRecord,
  Column<unknown>,
][];

const PLACED = FIELDS.map(([field, column], place) => ({
  ...column,
  field,
  at: FIELDS.slice(0, place).reduce((sum, [, { cells }]) => sum + cells, 0),
}));

/** Offset of each field in a row. */
export const AT = Object.freeze(
  Object.fromEntries(PLACED.map(({ field, at }) => [field, at])),
) as Readonly<Record<keyof RequestRecord, number>>;

/** The version of chunks that are written. */
export const VERSION = Math.max(...PLACED.map(({ since }) => since));

/** Numbers per row in a version. */
export function columnsIn(version: number): number {
  return PLACED.reduce(
    (sum, { since, cells }) => since <= version ? sum + cells : sum,
    0,
  );
}

/** Numbers per row. */
export const COLUMNS = columnsIn(VERSION);

/** The columns that hold string numbers. */
export const TEXT_COLUMNS: readonly number[] = PLACED
  .filter(({ isText }) => isText).map(({ at }) => at);

/** Columns of personal data, except the address. */
export const PERSONAL_COLUMNS: readonly number[] = PLACED
  .filter(({ isPersonal }) => isPersonal).map(({ at }) => at);

/**
 * Writes the row that begins at `at`; field by field, as a loop over the table takes twice as long.
 */
export function writeRow(
  rows: Uint16Array,
  at: number,
  record: RequestRecord,
  base: number,
  to: Interner,
): void {
  const { duration_ms, asn } = record;
  const microseconds = duration_ms === null
    ? NO_DURATION
    : Math.min(Math.max(0, Math.round(duration_ms * 1_000)), NO_DURATION - 1);
  rows[at + AT.timestamp] = (record.timestamp - base) % MINUTE;
  rows[at + AT.ip_address] = to.intern(record.ip_address);
  rows[at + AT.method] = to.intern(record.method);
  rows[at + AT.path] = to.intern(record.path);
  rows[at + AT.status] = record.status;
  rows[at + AT.duration_ms] = microseconds & 0xffff;
  rows[at + AT.duration_ms + 1] = microseconds >>> 16;
  rows[at + AT.country_code] = to.intern(record.country_code);
  rows[at + AT.city] = to.intern(record.city);
  rows[at + AT.user_agent] = to.intern(record.user_agent);
  rows[at + AT.referrer] = to.intern(record.referrer);
  rows[at + AT.username] = to.intern(record.username);
  rows[at + AT.outcome] = outcomeNumber(record.outcome);
  rows[at + AT.host] = to.intern(record.host);
  rows[at + AT.signals] = record.signals;
  rows[at + AT.rule] = to.intern(record.rule);
  rows[at + AT.asn] = asn === null
    ? 0
    : to.internOperator(asn, record.operator);
  rows[at + AT.flags] = record.flags;
}

/**
 * A stored record that reads its fields from its chunk on access, so that a million of them cost a
 * million numbers and not a million objects. One view is moved from row to row.
 */
export interface RowView extends RequestRecord {
  /** Start of its row. */
  at: number;
}

class Place implements Rows {
  at = 0;
  readonly base: number;
  readonly rows: Uint16Array;
  readonly strings: readonly string[];
  readonly minutes: Uint8Array | undefined;

  constructor({ base, rows, strings, minutes }: Rows) {
    this.base = base;
    this.rows = rows;
    this.strings = strings;
    this.minutes = minutes;
  }
}

for (const { field, at, read } of PLACED) {
  Object.defineProperty(Place.prototype, field, {
    enumerable: true,
    get(this: Place) {
      return read(this, this.at + at);
    },
  });
}

/** A view of a chunk's first row. */
export function viewRows(stored: Rows): RowView {
  return new Place(stored) as unknown as RowView;
}

/** The record in the row that begins at `at`. */
export function readRow(stored: Rows, at: number): RequestRecord {
  const view = viewRows(stored);
  view.at = at;
  return {
    timestamp: view.timestamp,
    ip_address: view.ip_address,
    method: view.method,
    path: view.path,
    status: view.status,
    duration_ms: view.duration_ms,
    country_code: view.country_code,
    city: view.city,
    user_agent: view.user_agent,
    referrer: view.referrer,
    username: view.username,
    outcome: view.outcome,
    host: view.host,
    signals: view.signals,
    rule: view.rule,
    asn: view.asn,
    operator: view.operator,
    flags: view.flags,
  };
}
