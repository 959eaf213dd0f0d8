import { csvRows } from "../base/csv_rows.ts";
import { cutBytes, escapeControl } from "../base/text.ts";
import { formatCidr } from "../net/cidr.ts";
import { parseTime } from "../http/list_query.ts";
import { spanRanges } from "../net/span.ts";
import { END_NAMES, IP_NAMES, REASON_NAMES } from "./json_list.ts";
import { readConfigLine } from "./config_line.ts";
import { nftReader } from "./nft_lines.ts";
import { manyOf, readToolLine, type ToolLine } from "./tool_line.ts";

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
  /** From one address to another: as many ranges as that takes. */
  | { kind: "entries"; entries: ListedLine[] }
  /** A comment, an empty line, a bracket. */
  | { kind: "nothing" }
  /** A list about itself: how many entries it should have, if it says so. */
  | { kind: "metadata"; records: number | null }
  | { kind: "damaged" };

const NOTHING: ListLine = { kind: "nothing" };
const DAMAGED: ListLine = { kind: "damaged" };

/** A note becomes a block's reason. */
const MAX_NOTE_BYTES = 400;
const MAX_ENTRY = 64;
/** `a-b`, with blanks or not, perhaps behind a name and a colon. */
const SPAN =
  /^(?:[^:#;]{0,200}:)?([\da-f.:]{2,45})\s*-\s*([\da-f.:]{2,45})\s*(?:[#;,](.*))?$/i;
/** DShield's columns: first, last, length of the prefix, and what else it knows. */
const DSHIELD = /^([\d.]{7,15})\s+([\d.]{7,15})\s+(\d{1,2})(?:\s+(.*))?$/;
/** Go's, as CrowdSec says how long something holds. */
const DURATION = /^(-)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/;
const NGINX = /^deny\s+([^\s;]{1,64})\s*;\s*(?:#(.*))?$/i;

/**
 * Makes a reader of lines. It knows, mixed or not: an address or range with a comment after `;`, `#`
 * or a comma; `a-b`; DShield's columns; JSON by the usual names of fields; CSV with a header, quoted
 * or not; lines of ipset, iptables, ufw, hosts.deny, Apache, fail2ban, CrowdSec and Tor's exits (tool_line.ts),
 * of nft (nft_lines.ts); of configurations that refuse addresses (config_line.ts); what
 * `deno task export blocked` writes as JSON, CSV, nginx' `deny …;` and plain. Never
 * throws; anything else is damaged.
 *
 * @param now What durations count from, in milliseconds since the epoch.
 */
export function listLineReader(now = Date.now()): (line: string) => ListLine {
  let columns: string[] | null = null;
  const readNft = nftReader();
  return function readLine(line) {
    const text = line.trim();
    const nft = readNft(text);
    if (nft === "nothing") return NOTHING;
    if (nft !== null) return nft.length === 0 ? NOTHING : toolLines(nft, now);
    if (text === "" || /^(?:[#;\]]|\[(?! *\d+\] )|\/\/)/.test(text)) {
      return /^\[\s*\{/.test(text) ? DAMAGED : NOTHING;
    }
    if (text.startsWith("{")) return jsonLine(text, now);
    if (/^start\s+end\b/i.test(text)) return NOTHING;
    if (/^ip_address(?:,|$)/.test(text)) {
      columns = cells(text);
      return NOTHING;
    }
    columns ??= headerOf(text);
    if (columns !== null) {
      const isHeader = cells(text).join() === columns.join();
      return isHeader || headerOf(text) !== null
        ? NOTHING
        : csvLine(text, columns, now);
    }
    if (text.startsWith('"')) {
      const [ip = "", ...others] = cells(text);
      return entryOf(ip, others.filter((cell) => cell !== "").join(", "));
    }
    const refused = readConfigLine(text);
    if (refused === "nothing") return NOTHING;
    if (refused !== null) {
      return refused.length === 1
        ? toolLine(refused[0]!, now)
        : toolLines(refused, now);
    }
    const tool = readToolLine(text);
    if (tool === "nothing") return NOTHING;
    if (tool !== null) return toolLine(tool, now);
    const many = manyOf(text);
    if (many !== null) {
      return toolLines(many.map((ip) => ({ ip, note: "", seconds: "" })), now);
    }
    const span = DSHIELD.exec(text) ?? SPAN.exec(text);
    if (span) return spanOf(span[1]!, span[2]!, span[4] ?? span[3] ?? "");
    const nginx = NGINX.exec(text);
    return nginx ? entryOf(nginx[1]!, nginx[2]) : plainLine(text);
  };
}

function toolLine({ ip, note, seconds }: ToolLine, now: number): ListLine {
  return anyEntry(ip, note, seconds === "" ? "" : endOf(`${seconds}s`, now));
}

function toolLines(lines: readonly ToolLine[], now: number): ListLine {
  const entries: ListedLine[] = [];
  for (const line of lines) {
    const read = toolLine(line, now);
    if (read.kind === "entry") entries.push(read.entry);
    else if (read.kind === "entries") entries.push(...read.entries);
    else return DAMAGED;
  }
  return entries.length === 0 ? NOTHING : { kind: "entries", entries };
}

function plainLine(text: string): ListLine {
  const end = text.search(/[\s;#,]/);
  if (end < 0) return entryOf(text, "");
  const rest = text.slice(end).trimStart();
  // Two words without a mark between them are a table, a hosts file or a log.
  if (!/^[;#,]/.test(rest)) return DAMAGED;
  return entryOf(text.slice(0, end), rest.slice(1));
}

/** The names of columns, in lower case, where a line holds such and one is an address'. */
function headerOf(text: string): string[] | null {
  if (!/^["\s]*[a-z_][^:]*$/i.test(text) || !text.includes(",")) return null;
  const names = cells(text).map((name) =>
    name.toLowerCase().replaceAll(" ", "_")
  );
  const isHeader = names.length > 1 &&
    names.every((name) => /^[a-z_][a-z\d_]*$/.test(name)) &&
    IP_NAMES.some((name) => names.includes(name));
  return isHeader ? names : null;
}

function csvLine(text: string, columns: string[], now: number): ListLine {
  const row = cells(text);
  if (row.length !== columns.length) return DAMAGED;
  const cell = (names: readonly string[]) => {
    const name = names.find((name) => columns.includes(name));
    return name === undefined ? "" : row[columns.indexOf(name)]!;
  };
  // Our own export keeps spreadsheets from running a cell by an apostrophe.
  const reason = cell(REASON_NAMES).replace(/^'(?=[=+\-@\t\r\n|%])/, "");
  return anyEntry(cell(IP_NAMES), reason, endOf(cell(END_NAMES), now));
}

function cells(line: string): string[] {
  return [...csvRows(line)][0] ?? [];
}

function jsonLine(text: string, now: number): ListLine {
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
  const ip = fieldOf(item, IP_NAMES);
  const note = fieldOf(item, REASON_NAMES) ?? "";
  const end = fieldOf(item, END_NAMES) ?? "";
  return typeof ip === "string" && typeof note === "string" &&
      typeof end === "string"
    ? anyEntry(ip, note, endOf(end, now))
    : DAMAGED;
}

function fieldOf(
  item: Record<string, unknown>,
  names: readonly string[],
): unknown {
  for (const [name, value] of Object.entries(item)) {
    const lower = name.toLowerCase();
    if (lower !== name) item[lower] ??= value;
  }
  const name = names.find((name) => (item[name] ?? null) !== null);
  return name === undefined ? undefined : item[name];
}

/** An end as a date; CrowdSec says how long is left. */
function endOf(text: string, now: number): string {
  const match = text === "" ? null : DURATION.exec(text);
  if (match === null) return text;
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
  const ms = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) *
    1_000;
  const end = new Date(now + (sign ? -ms : ms));
  return Number.isNaN(end.getTime()) ? text : end.toISOString();
}

/** An address, a range, or `a-b`; CrowdSec puts its scope in front. */
function anyEntry(text: string, note: string, end: string): ListLine {
  const ip = text.replace(/^(?:ip|range):/i, "");
  const span = SPAN.exec(ip);
  return span ? spanOf(span[1]!, span[2]!, note, end) : entryOf(ip, note, end);
}

function spanOf(first: string, last: string, note = "", end = ""): ListLine {
  const ranges = spanRanges(first, last);
  if (ranges === null) return DAMAGED;
  const entries: ListedLine[] = [];
  for (const range of ranges) {
    const read = entryOf(formatCidr(range), note, end);
    if (read.kind !== "entry") return DAMAGED;
    entries.push(read.entry);
  }
  return { kind: "entries", entries };
}

function entryOf(ip: string, note = "", end = ""): ListLine {
  if (ip === "" || ip.length > MAX_ENTRY) return DAMAGED;
  const expires_at = end === "" ? null : timeOf(end);
  if (Number.isNaN(expires_at)) return DAMAGED;
  const words = escapeControl(note.replace(/\s+/g, " ").trim());
  return {
    kind: "entry",
    entry: { ip, note: cutBytes(words, MAX_NOTE_BYTES), expires_at },
  };
}

/** Milliseconds since the epoch, or NaN; a time without a zone is UTC. */
function timeOf(text: string): number {
  // Date.parse() takes 30 February for a day, and a time without a zone for ours.
  return parseTime(text) ?? (/^\d/.test(text) ? NaN : Date.parse(text));
}
