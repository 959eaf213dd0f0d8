import { Refusal } from "../base/refusal.ts";
import { csvRows } from "../base/csv_rows.ts";
import { unknownName } from "../http/known_names.ts";
import { parseTime } from "../http/list_query.ts";
import { cutBytes } from "../base/text.ts";

/** An entry of a list to be imported, not yet checked. */
export interface ListedAddress {
  ip: string;
  /** Empty where the list gives none. */
  reason: string;
  /** Milliseconds since the epoch; null where the list gives none. */
  expires_at: number | null;
}

/** What our own export writes. */
const COLUMNS = [
  "ip_address",
  "reason",
  "expires_at",
  "created_at",
  "created_by",
  "hits",
  "last_hit_at",
];

const MAX_REASON = 400;

/**
 * Reads a list of addresses and ranges: one to a line, with a reason after a comma, `;` or `#`; or
 * CSV with a header that names `ip_address` and perhaps `reason` and `expires_at`, as our own export
 * writes it. Comments and empty lines are skipped.
 *
 * @throws {Refusal} for a column that is not known, and an end that is no time.
 */
export function* readBlockList(text: string): Generator<ListedAddress> {
  let columns: Record<string, number> | null = null;
  for (const row of csvRows(text)) {
    if (columns === null && row.includes("ip_address")) {
      columns = Object.fromEntries(row.map((name, index) => [name, index]));
      const problem = unknownName(row, COLUMNS, "field");
      if (problem !== null) throw new Refusal("invalid", problem);
      continue;
    }
    if (columns !== null) {
      const cell = (name: string) => inert(row[columns![name] ?? -1] ?? "");
      const ip = cell("ip_address");
      if (ip === "") continue;
      yield {
        ip,
        reason: cutBytes(cell("reason"), MAX_REASON),
        expires_at: endOf(cell("expires_at")),
      };
      continue;
    }
    const [first = "", ...others] = row;
    const [, ip = "", comment = ""] = /^([^\s;#]*)\s*[;#]?\s*(.*)$/s
      .exec(first)!;
    if (ip === "") continue;
    const reason = inert([comment, ...others].filter(Boolean).join(", "));
    yield { ip, reason: cutBytes(reason, MAX_REASON), expires_at: null };
  }
}

/** An end that cannot be read is no reason to block for good. */
function endOf(text: string): number | null {
  if (text === "") return null;
  const time = parseTime(text);
  if (time !== null) return time;
  throw new Refusal(
    "invalid",
    `Cannot read expires_at "${
      text.slice(0, 64)
    }": expected a time such as 2026-01-31T08:00:00Z`,
  );
}

/** Takes off the apostrophe that keeps spreadsheets from running a cell (see csvLine). */
function inert(cell: string): string {
  return /^'[=+\-@\t\r\n|%]/.test(cell) ? cell.slice(1) : cell;
}
