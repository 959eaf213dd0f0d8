import { escapeControl } from "./text.ts";

/** How much a line matters. */
export type LogLevel = "info" | "warn" | "error";

/**
 * Writes one line of JSON to standard error. `event` is a name of OWASP's Logging Vocabulary
 * (`authn_login_fail`, `authz_fail`, `sys_startup` …); control characters in fields come out
 * escaped, so that a hostile path cannot forge a second line.
 */
export function logLine(
  level: LogLevel,
  event: string,
  fields: Record<string, string | number | boolean | null> = {},
): void {
  const line: Record<string, unknown> = {
    datetime: new Date().toISOString(),
    level: level.toUpperCase(),
    event,
  };
  for (const [name, value] of Object.entries(fields)) {
    line[name] = typeof value === "string" ? escapeControl(value) : value;
  }
  console.error(JSON.stringify(line));
}
