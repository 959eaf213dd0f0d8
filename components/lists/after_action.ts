import type { ListActionResult } from "../../lib/console/block_form.ts";
import type { ConsoleParts } from "../../lib/console/console_parts.ts";
import { lastAction } from "../../lib/console/last_action.ts";
import { canUndo } from "../../lib/console/undo_audit.ts";
import { undoId } from "../ui/undo_entry.tsx";

/** The page's message about an action on a list. */
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
 * The page after an action on a list: the confirmation, if required, or the same page with a
 * message and the undo.
 */
export async function afterListAction(
  services: ConsoleParts,
  { action, confirmAt }: Extract<ListActionResult, { kind: "done" }>,
  { path, who, what }: {
    path: string;
    who: string;
    /** The action that was requested. */
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
