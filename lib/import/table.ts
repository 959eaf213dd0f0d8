import { csvRows } from "../base/csv_rows.ts";
import { readAnyJson } from "./any_json.ts";
import type { LogEntry } from "./entry.ts";
import { numberOf } from "./pairs.ts";

/** Reads rows of a table whose first row has the column names. */
export interface TableReader {
  read(line: string): LogEntry | "note" | null;
  isDirective(line: string): boolean;
}

const NAME = /^[A-Za-z_@][\w .:@()/-]{0,63}$/;
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
    return readAnyJson(row, header);
  }

  return { read, isDirective: (line) => headOf(line) !== null };
}

/** The names in a line that holds only names, including those that a request needs. */
function headOf(
  line: string,
): { names: readonly string[]; separator: string } | null {
  if (line.length > 4_096 || !/status|code|response/i.test(line)) return null;
  const text = line.replace(/^#\s*(?:fields:?\s*)?/i, "");
  for (const separator of ["\t", ",", ";", "|"]) {
    if (!text.includes(separator)) continue;
    const names = cellsOf(text, separator).map((name) => name.trim());
    if (names.length < FEWEST || names.length > MOST) continue;
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
