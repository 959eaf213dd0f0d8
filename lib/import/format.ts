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
import { readPairs, spacedReader } from "./pairs.ts";
import { parsed } from "./peel.ts";
import { type Escaping, finish, gather, type Role, take } from "./roles.ts";
import type { ScanPlan } from "./scan.ts";
import { tableReader } from "./table.ts";
import { TwoLines, type TwoLinesLayout } from "./two_lines.ts";
import { w3cReader } from "./w3c.ts";

/** How the lines of a format are read: its table of fields. */
export type Layout =
  /** As in a server's configuration; see definition.ts. */
  | { definition: string }
  /**
   * Names of groups are roles (roles.ts); `beside` matches lines of the format without a request.
   */
  | { pattern: RegExp; escaping?: Escaping; beside?: RegExp }
  /** One object per line; an object without all fields in `needs` has another format. */
  | { json: JsonFields; needs: readonly string[] }
  /** An object after other fields; names of groups are roles, and `json`. */
  | { behind: RegExp; json: JsonFields }
  /** A request takes two lines. */
  | { lines: TwoLinesLayout }
  /** Fields are recognised by their content or names; see the file of that name. */
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

/** A format of access logs: one file in `formats/` each, with a sample. */
export interface LogFormat {
  /** Its name for `--format`. */
  name: string;
  /** A short description. */
  about: string;
  /** Where the layout is documented. */
  source: string;
  layout: Layout;
  /** Lines with one request each, preceded by directives; a test reads them. */
  sample: string;
}

/** Reads a file's lines in one format. */
export interface LineReader {
  /**
   * Null if a line is not of this format, "note" if it is and has no request. `json` is the parsed
   * line, if it is JSON.
   */
  read(
    line: string,
    json: Record<string, unknown> | null,
  ): LogEntry | "note" | null;
  /** Where a line stops matching this format, in characters, and what was expected there. */
  where?(line: string): { at: number; expected: string };
  /** How its simple lines are read from their bytes. */
  plan?: ScanPlan | null;
  /** Whether later lines may need this one to be read. */
  isDirective?(line: string): boolean;
  /** Moves to another line; until then, the same one may be read several times. */
  next?(): void;
}

/** Options of a reader. */
export interface ReaderOptions {
  /** The header with the client's address (`CLIENT_IP_HEADER`). */
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
    case "pairs": {
      const readSpaced = spacedReader();
      return {
        read: (line) => {
          const pairs = readPairs(line) ?? readSpaced(line);
          return pairs && readAnyJson(pairs, header);
        },
      };
    }
    case "w3c":
      return w3cReader(header);
    case "own_json":
      return { read: (line) => ownEntry(parseJsonItem(line)) };
  }
}

/** Opens a reader of a definition. */
export function definitionReader(
  definition: string,
  header?: string,
): LineReader {
  const { read, where, plan } = compileDefinition(definition, header);
  return { read: (line) => read(line), where, plan };
}

/** A line that Portcullis wrote is a record already. */
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
