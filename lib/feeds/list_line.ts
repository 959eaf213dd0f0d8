import { csvRows } from "../base/csv_rows.ts";
import { cutBytes, escapeControl } from "../base/text.ts";

/** An entry of a list as one line gives it; the address is not checked yet. */
export interface ListedLine {
  ip: string;
  /** What the line says about it, on one line; empty where it says nothing. */
  note: string;
  /** Epoch ms; null where the line does not say. */
  expires_at: number | null;
}

/** What a line turned out to be. */
export type ListLine =
  | { kind: "entry"; entry: ListedLine }
  /** A comment, an empty line, a bracket. */
  | { kind: "nothing" }
  /** A list about itself: how many entries it should have, if it says so. */
  | { kind: "metadata"; records: number | null }
  | { kind: "damaged" };

const NOTHING: ListLine = { kind: "nothing" };
const DAMAGED: ListLine = { kind: "damaged" };

/** A note becomes a block's reason. */
const MAX_NOTE_BYTES = 200;
const MAX_ENTRY = 64;
const NGINX = /^deny\s+([^\s;]{1,64})\s*;\s*(?:#(.*))?$/i;

/**
 * Makes a reader of lines. It knows, mixed or not: an address or range with a comment after `;`, `#`
 * or a comma; Spamhaus' JSON (`cidr`, `sblid`); what `deno task export blocked` writes as JSON, CSV,
 * nginx' `deny …;` and plain. Never throws; anything else is damaged.
 */
export function listLineReader(): (line: string) => ListLine {
  let columns: string[] | null = null;
  return function readLine(line) {
    const text = line.trim();
    if (text === "" || /^(?:[#;[\]]|\/\/)/.test(text)) {
      return /^\[\s*\{/.test(text) ? DAMAGED : NOTHING;
    }
    if (text.startsWith("{")) return jsonLine(text);
    if (/^ip_address(?:,|$)/.test(text)) {
      columns = cells(text);
      return NOTHING;
    }
    if (columns !== null) return csvLine(text, columns);
    const nginx = NGINX.exec(text);
    return nginx ? entryOf(nginx[1]!, nginx[2]) : plainLine(text);
  };
}

function plainLine(text: string): ListLine {
  const end = text.search(/[\s;#,]/);
  if (end < 0) return entryOf(text, "");
  const rest = text.slice(end).trimStart();
  // Two words without a mark between them are a table, a hosts file or a log.
  if (!/^[;#,]/.test(rest)) return DAMAGED;
  return entryOf(text.slice(0, end), rest.slice(1));
}

function csvLine(text: string, columns: string[]): ListLine {
  const row = cells(text);
  const cell = (name: string) => row[columns.indexOf(name)] ?? "";
  if (row.length !== columns.length) return DAMAGED;
  // Our own export keeps spreadsheets from running a cell by an apostrophe.
  const reason = cell("reason").replace(/^'(?=[=+\-@\t\r\n|%])/, "");
  return entryOf(cell("ip_address"), reason, cell("expires_at"));
}

function cells(line: string): string[] {
  return [...csvRows(line)][0] ?? [];
}

function jsonLine(text: string): ListLine {
  let item: Record<string, unknown>;
  try {
    item = JSON.parse(text.replace(/,$/, ""));
  } catch {
    return DAMAGED;
  }
  if (item.type === "metadata") {
    const { records } = item;
    return {
      kind: "metadata",
      records: typeof records === "number" && Number.isSafeInteger(records)
        ? records
        : null,
    };
  }
  const ip = item.cidr ?? item.ip_address;
  const note = item.reason ?? item.sblid ?? "";
  const end = item.expires_at ?? "";
  return typeof ip === "string" && typeof note === "string" &&
      typeof end === "string"
    ? entryOf(ip, note, end)
    : DAMAGED;
}

function entryOf(ip: string, note = "", end = ""): ListLine {
  if (ip === "" || ip.length > MAX_ENTRY) return DAMAGED;
  const expires_at = end === "" ? null : Date.parse(end);
  if (Number.isNaN(expires_at)) return DAMAGED;
  const words = escapeControl(note.replace(/\s+/g, " ").trim());
  return {
    kind: "entry",
    entry: { ip, note: cutBytes(words, MAX_NOTE_BYTES), expires_at },
  };
}
