import { csvRows } from "../base/csv_rows.ts";
import { cutBytes, escapeControl } from "../base/text.ts";
import { formatCidr } from "../net/cidr.ts";
import { parseTime } from "../http/list_query.ts";
import { spanRanges } from "../net/span.ts";
import { letsIn, Sections } from "./lets_in.ts";
import { namesAddress, toldBy } from "./list_fields.ts";
import { readConfigLine } from "./config_line.ts";
import { nftReader } from "./nft_lines.ts";
import { manyOf, readToolLine, type ToolLine } from "./tool_line.ts";
import { zoneReader } from "./zone_line.ts";

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
/** The same of IPv4 behind a name with any characters. */
const NAMED_SPAN =
  /^.{1,200}:((?:\d{1,3}\.){3}\d{1,3})-((?:\d{1,3}\.){3}\d{1,3})$/;
/** eMule's and PeerGuardian's: from, to, level, name; a level from 128 on is let in. */
const LEVELLED = /^([\d.]{7,15}) *- *([\d.]{7,15}) *, *(\d{1,3}) *,(.*)$/;
/** Names of columns in a comment. */
const COMMENTED = /^#+ ?(?:fields:?\s+)?(?=["a-z_])/i;
/** What csf writes where it lets in. */
const LET_IN =
  /^(?:manually )?(?:allow(?:ed|list(?:ed)?)?|white-?list(?:ed)?|safe-?list(?:ed)?|trusted|example)(?![.\w-])/i;
/** An entry of Varnish' `acl`. */
const VARNISH = /^"([\da-f.:]{2,45})"(\/\d{1,3})?\s*;(?:\s*(?:#|\/\/)(.*))?$/i;
const WHOLE = /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=.*:.*:)[\da-f:.]{3,45})$/i;
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
  let columns: Columns | null = null;
  const readNft = nftReader();
  const readZone = zoneReader();
  const sections = new Sections();
  return function readLine(line) {
    const text = line.trim();
    if (sections.isLetIn(line)) return NOTHING;
    const nft = readNft(text);
    if (nft === "nothing") return NOTHING;
    if (nft !== null) return nft.length === 0 ? NOTHING : toolLines(nft, now);
    if (text === "" || /^(?:[#;\]]|\[(?! *\d+\] )|\/\/)/.test(text)) {
      if (COMMENTED.test(text)) {
        columns = headerOf(text.replace(COMMENTED, ""), true) ?? columns;
      }
      return /^\[\s*\{/.test(text) ? DAMAGED : NOTHING;
    }
    if (text.startsWith("{")) return jsonLine(text, now);
    if (/^start\s+end\b/i.test(text)) return NOTHING;
    const zone = readZone(text);
    if (zone === "nothing") return NOTHING;
    if (zone !== null) return toolLines(zone, now);
    const header = text === "ip_address"
      ? { names: [text], separator: ",", isComment: false }
      : headerOf(text, false);
    if (header !== null) {
      columns ??= header;
      return NOTHING;
    }
    const row = columns && rowOf(line, columns);
    if (row) return itemLine(row, now);
    // A comment with commas may be no header.
    if (columns && !columns.isComment) return DAMAGED;
    const varnish = VARNISH.exec(text);
    if (varnish) return entryOf(`${varnish[1]}${varnish[2] ?? ""}`, varnish[3]);
    if (text.startsWith('"')) {
      const [ip = "", ...others] = cells(text);
      const note = others.filter((cell) => cell !== "").join(", ");
      if (others.some(letsIn)) return NOTHING;
      return others.some((cell) => WHOLE.test(cell))
        ? DAMAGED
        : entryOf(ip, note);
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
    const levelled = LEVELLED.exec(text);
    if (levelled) {
      const [, first = "", last = "", level, name] = levelled;
      return Number(level) > 127
        ? NOTHING
        : spanOf(decimal(first), decimal(last), name);
    }
    const span = DSHIELD.exec(text) ?? SPAN.exec(text) ?? NAMED_SPAN.exec(text);
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
  const note = rest.slice(1).trim();
  const [first = ""] = note.split(/[\s,;]/, 1);
  // Two addresses may be from and to, an address and its mask, or who met whom.
  if (!rest.startsWith("#") && WHOLE.test(first)) return DAMAGED;
  const isLetIn = LET_IN.test(note) || !rest.startsWith("#") && letsIn(note);
  return isLetIn ? NOTHING : entryOf(text.slice(0, end), note);
}

interface Columns {
  names: readonly string[];
  separator: string;
  isComment: boolean;
}

/** The names of columns, where a line holds such and one is an address'. */
function headerOf(text: string, isComment: boolean): Columns | null {
  if (!/^["\s]*[a-z_][^:]*$/i.test(text) || text.length > 4_096) return null;
  for (const separator of [",", ";", "\t", "|"]) {
    if (!text.includes(separator)) continue;
    const names = cells(text, separator);
    const isHeader = names.length > 1 &&
      names.every((name) => /^[a-z_][\w ./-]*$/i.test(name)) &&
      new Set(names).size === names.length && namesAddress(names);
    if (isHeader) return { names, separator, isComment };
  }
  return null;
}

/** A row by the names of its columns; null if it has more or fewer cells. */
function rowOf(
  line: string,
  { names, separator }: Columns,
): Record<string, unknown> | null {
  // Blanks at its ends may be empty cells.
  const row = cells(line, separator);
  if (row.length !== names.length) return null;
  return Object.fromEntries(names.map((name, i) => [
    name,
    // Our own export keeps spreadsheets from running a cell by an apostrophe.
    row[i]!.replace(/^'(?=[=+\-@\t\r\n|%])/, ""),
  ]));
}

function cells(line: string, separator = ","): string[] {
  return [...csvRows(line, separator)][0] ?? [];
}

/** eMule writes every number with three digits. */
function decimal(address: string): string {
  return /^(?:\d{3}\.){3}\d{3}$/.test(address)
    ? address.replace(/\b0+(?=\d)/g, "")
    : address;
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
  return itemLine(item, now);
}

function itemLine(item: Record<string, unknown>, now: number): ListLine {
  const told = toldBy(item);
  if (told === "nothing") return NOTHING;
  if (told === null) return DAMAGED;
  const { ips, reason = "", expires_at = "" } = told;
  const end = endOf(expires_at, now);
  const read = ips.map((ip) => anyEntry(ip, reason, end));
  if (read.length === 1) return read[0]!;
  const entries = read.flatMap((line) =>
    line.kind === "entry"
      ? [line.entry]
      : line.kind === "entries"
      ? line.entries
      : []
  );
  return read.some(({ kind }) => kind === "damaged")
    ? DAMAGED
    : { kind: "entries", entries };
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
