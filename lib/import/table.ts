import { csvRows } from "../base/csv_rows.ts";
import { readAnyJson } from "./any_json.ts";
import { readClf } from "./clf.ts";
import type { LogEntry } from "./entry.ts";
import { numberOf } from "./pairs.ts";
import { parsed } from "./peel.ts";

/** Reads rows of a table whose first row has the column names. */
export interface TableReader {
  read(line: string): LogEntry | "note" | null;
  isDirective(line: string): boolean;
}

const HEAD = /status|code|response|message|msg|raw|line|log|payload|content/i;
const NAME = /^[A-Za-z_@][\w .:@()/-]{0,63}$/;
/** Names of a column that holds a server's own line. */
const LINE = /^[@_]?(?:message|msg|raw|line|log|text_?payload|content)$/i;
const FEWEST = 4;
const MOST = 200;

/**
 * Creates a reader of tables as exported by databases, spreadsheets and query languages: separated
 * by commas, semicolons, bars or tabs, cells quoted or not. Columns are recognised by the usual
 * names.
 */
export function tableReader(header: string): TableReader {
  let names: readonly string[] = [];
  let separator = ",";

  function read(line: string): LogEntry | "note" | null {
    const head = headOf(line);
    if (head !== null) {
      ({ names, separator } = head);
      return "note";
    }
    if (line.startsWith("#")) return "note";
    if (names.length === 0) return null;
    const cells = cellsOf(line, separator);
    if (cells.length !== names.length) return null;
    const row: Record<string, string | number> = {};
    for (let i = 0; i < names.length; i++) {
      row[names[i]!] = numberOf(cells[i]!.trim());
    }
    const entry = readAnyJson(row, header);
    if (entry !== null) return entry;
    // Log services export the lines themselves in a column.
    const own = names.findIndex((name) => LINE.test(name));
    return own < 0 ? null : lineIn(cells[own]!.trim(), header);
  }

  return { read, isDirective: (line) => headOf(line) !== null };
}

function lineIn(text: string, header: string): LogEntry | null {
  const { json } = parsed(text);
  return json ? readAnyJson(json, header) : readClf(text);
}

/** The names in a line that holds only names, including those that a request needs. */
function headOf(
  line: string,
): { names: readonly string[]; separator: string } | null {
  if (line.length > 4_096 || !HEAD.test(line)) return null;
  const text = line.replace(/^#\s*(?:fields:?\s*)?/i, "");
  for (const separator of ["\t", ",", ";", "|"]) {
    if (!text.includes(separator)) continue;
    const names = cellsOf(text, separator).map((name) => name.trim());
    const fewest = names.some((name) => LINE.test(name)) ? 2 : FEWEST;
    if (names.length < fewest || names.length > MOST) continue;
    if (names.every((name) => NAME.test(name))) return { names, separator };
  }
  return null;
}

function cellsOf(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  // The CSV reader supports only commas: other separators do not occur in unquoted cells.
  if (separator === ",") return [...csvRows(line)][0] ?? [];
  return line.split(separator).map((cell) =>
    cell.replace(/^\s*"(.*)"\s*$/, "$1").replaceAll('""', '"')
  );
}
