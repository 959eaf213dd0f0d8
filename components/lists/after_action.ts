import type { ListActionResult } from "../../lib/console/block_form.ts";
import type { ConsoleParts } from "../../lib/console/console_parts.ts";
import { lastAction } from "../../lib/console/last_action.ts";
import { canUndo } from "../../lib/console/undo_audit.ts";
import { undoId } from "../ui/undo_entry.tsx";

/** What a page says of what was done to a list. */
export const LIST_DONE: Record<string, string> = {
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
  block: "Blocked. It takes effect everywhere within a second.",
  unblock: "Unblocked. The next request gets through.",
  unblock_feed:
    "Unblocked. The feed that blocked it will block it again at its next refresh: add it to the safelist to allow it permanently.",
  allow: "Added to the safelist. Blocks that it covers have been removed.",
  disallow: "Removed from the safelist.",
};

/**
 * Where a page leads once an action on a list is done: to the confirmation that it asks for, or
 * back to the page, which tells of it and offers its undo.
 */
export async function afterListAction(
  services: ConsoleParts,
  { action, confirmAt }: Extract<ListActionResult, { kind: "done" }>,
  { path, who, what }: {
    path: string;
    who: string;
    /** The action as it was asked for. */
    what: string;
  },
): Promise<string> {
  if (confirmAt !== null) return confirmAt;
  const query = new URLSearchParams({ done: action });
  const { kv, now } = services;
  const entry = await lastAction(kv, now(), { who, what });
  if (entry !== null && await canUndo(services, entry)) {
    query.set("undo", undoId(entry));
  }
  return `${path}?${query}`;
}
