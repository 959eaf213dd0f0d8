import { escapeTerminal } from "./text.ts";

/**
 * One line of CSV (RFC 4180), with line break. A cell that a spreadsheet would take for a formula
 * gets a leading apostrophe (OWASP, CSV Injection), and terminal control characters are escaped:
 * paths and user agents are chosen by attackers.
 */
export function csvLine(
  cells: readonly (string | number | boolean | null)[],
): string {
  return cells.map(csvCell).join(",") + "\r\n";
}

function csvCell(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  // deno-lint-ignore no-control-regex
  const text = /^[=+\-@\t\r\n\x00|%]/.test(value) ? `'${value}` : value;
  const inert = escapeTerminal(text);
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
