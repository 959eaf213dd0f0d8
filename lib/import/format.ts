import type { RequestRecord } from "../log/request_record.ts";
import { readAnyLine } from "./any_line.ts";
import { readBehindText } from "./behind_text.ts";
import { learnClf, readClf } from "./clf.ts";
import { compileDefinition } from "./definition.ts";
import type { LogEntry } from "./entry.ts";
import { parseJsonItem } from "./own_json.ts";
import { type JsonFields, jsonReader } from "./json_fields.ts";
import { JsonPairs } from "./json_pair.ts";
import { parseLogTime } from "./log_time.ts";
import { readAnyJson } from "./any_json.ts";
import { readPairs } from "./pairs.ts";
import { parsed } from "./peel.ts";
import { type Escaping, finish, gather, type Role, take } from "./roles.ts";
import type { ScanPlan } from "./scan.ts";
import { tableReader } from "./table.ts";
import { TwoLines, type TwoLinesLayout } from "./two_lines.ts";
import { w3cReader } from "./w3c.ts";

/** How a format's lines are read: its table of fields. */
export type Layout =
  /** As a server's configuration defines it; see definition.ts. */
  | { definition: string }
  /** The groups' names are roles (roles.ts); `beside` are lines of the format without a request. */
  | { pattern: RegExp; escaping?: Escaping; beside?: RegExp }
  /** An object a line; one without all that is in `needs` is another format's. */
  | { json: JsonFields; needs: readonly string[] }
  /** An object behind other fields; the groups' names are roles, and `json`. */
  | { behind: RegExp; json: JsonFields }
  /** A request is told in two lines. */
  | { lines: TwoLinesLayout }
  /** Fields are known by their looks or names; see the file of that name. */
  | {
    by:
      | "clf"
      | "any_json"
      | "any_line"
      | "behind_text"
      | "pairs"
      | "table"
      | "w3c"
      | "own_json";
  };

/** A format of access logs: a file of `formats/` each, with a sample. */
export interface LogFormat {
  /** What `--format` calls it. */
  name: string;
  /** What it is, in a few words. */
  about: string;
  /** Where the layout is documented. */
  source: string;
  layout: Layout;
  /** Lines with a request each, directives before them; a test reads them. */
  sample: string;
}

/** Reads a file's lines in one format. */
export interface LineReader {
  /**
   * Null where a line is not of this format, "note" where it is and has no request in it. JSON is
   * given parsed, where the line is that.
   */
  read(
    line: string,
    json: Record<string, unknown> | null,
  ): LogEntry | "note" | null;
  /** Where a line ceases to be of this format, in characters, and what should have followed. */
  where?(line: string): { at: number; expected: string };
  /** How its plain lines are read by their bytes. */
  plan?: ScanPlan | null;
  /** Whether later lines may not be read without this one. */
  isDirective?(line: string): boolean;
  /** Another line comes; until then, the same one may be read several times. */
  next?(): void;
}

/** What a reader is opened with. */
export interface ReaderOptions {
  /** The header that names clients (`CLIENT_IP_HEADER`). */
  header?: string;
  /** The first lines, from which some layouts are learnt. */
  sample?: readonly string[];
}

/** Opens a reader of a layout. */
export function openLayout(
  layout: Layout,
  { header = "x-forwarded-for", sample = [] }: ReaderOptions = {},
): LineReader {
  if ("definition" in layout) {
    return definitionReader(layout.definition, header);
  }
  if ("pattern" in layout) {
    return patternReader(layout);
  }
  if ("behind" in layout) {
    const read = jsonReader(layout.json, header);
    return {
      read: (line) => {
        const groups = layout.behind.exec(line)?.groups;
        const { json } = parsed(groups?.json ?? "");
        const entry = json && read(json);
        return entry && { ...entry, time: parseLogTime(groups!.time ?? "") };
      },
    };
  }
  if ("json" in layout) {
    const read = jsonReader(layout.json, header);
    const { needs } = layout;
    return {
      read: (_, json) => {
        if (json === null) return null;
        const isOurs = needs.every((name) => Object.hasOwn(json, name));
        return isOurs ? read(json) ?? "note" : null;
      },
    };
  }
  if ("lines" in layout) {
    const two = new TwoLines(layout.lines);
    return {
      read: (line) => two.read(line),
      next: () => two.next(),
      isDirective: () => true,
    };
  }
  switch (layout.by) {
    case "clf": {
      const learnt = learnClf(sample);
      return { read: (line) => readClf(line, learnt) };
    }
    case "any_json": {
      const pairs = new JsonPairs(header);
      return {
        read: (_, json) => json && pairs.read(json),
        isDirective: (line) => /"req(?:uest)?_?id"/i.test(line),
      };
    }
    case "any_line":
      return { read: (line, json) => json ? null : readAnyLine(line) };
    case "behind_text":
      return {
        read: (line, json) => json ? null : readBehindText(line, header),
      };
    case "table":
      return tableReader(header);
    case "pairs":
      return {
        read: (line) => {
          const pairs = readPairs(line);
          return pairs && readAnyJson(pairs, header);
        },
      };
    case "w3c":
      return w3cReader(header);
    case "own_json":
      return { read: (line) => ownEntry(parseJsonItem(line)) };
  }
}

/** Opens a reader of what a definition says. */
export function definitionReader(
  definition: string,
  header?: string,
): LineReader {
  const { read, where, plan } = compileDefinition(definition, header);
  return { read: (line) => read(line), where, plan };
}

/** What we wrote ourselves is a record already. */
function ownEntry(record: RequestRecord | null): LogEntry | null {
  return record && {
    time: record.timestamp,
    peer: record.ip_address,
    forwarded: null,
    method: record.method,
    target: record.path,
    status: record.status,
    durationMs: record.duration_ms,
    userAgent: record.user_agent,
    referrer: record.referrer,
    username: record.username,
    host: null,
    own: record,
  };
}

function patternReader(
  { pattern, escaping, beside }: Extract<Layout, { pattern: RegExp }>,
): LineReader {
  return {
    read(line) {
      const groups = pattern.exec(line)?.groups;
      if (groups === undefined) return beside?.test(line) ? "note" : null;
      const entry = gather();
      for (const role in groups) {
        const text = groups[role];
        if (text === undefined) continue;
        if (!take(entry, role as Role, text, escaping)) return null;
      }
      return finish(entry);
    },
  };
}
