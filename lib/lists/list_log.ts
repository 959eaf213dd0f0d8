import { logLine } from "../base/log_line.ts";
import type { AccessChange } from "./access_entry.ts";

/** Maximum number of entries of a change that are logged; an import is one more line. */
const MAX_LINES = 20;

/** Logs the changes that this process makes to the lists. */
export function logListChanges(
  changes: readonly AccessChange[],
  log: typeof logLine = logLine,
): void {
  let lines = 0;
  let left = 0;
  for (const { put, removed, reload } of changes) {
    for (const { list, entry } of put) {
      if (++lines > MAX_LINES) left++;
      else {
        log("info", list === "blocked" ? "access_blocked" : "access_allowed", {
          target: entry.ip_address,
          by: entry.created_by,
          reason: entry.reason,
          until: entry.expires_at === null
            ? null
            : new Date(entry.expires_at).toISOString(),
        });
      }
    }
    for (const { list, ip_address } of removed) {
      if (++lines > MAX_LINES) left++;
      else {
        log(
          "info",
          list === "blocked" ? "access_unblocked" : "access_disallowed",
          { target: ip_address },
        );
      }
    }
    if (reload) log("info", "access_lists_changed", { reason: "a long list" });
  }
  if (left > 0) log("info", "access_lists_changed", { more: left });
}
