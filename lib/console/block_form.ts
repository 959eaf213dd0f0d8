import { Refusal } from "../base/refusal.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { settleSafe } from "./settle_safe.ts";
import {
  allowAsked,
  blockToConfirm,
  blockUnlessSeen,
  disallowAsked,
  type EntryInput,
  previewBlock,
  readEntry,
  readRange,
  type SignedInAuthor,
  unblock,
} from "./block_request.ts";
import { isOfFeed } from "../lists/access_entry.ts";
import type { Impact } from "../log/impact.ts";

/** The fields of a form that changes the lists. */
export const LIST_FIELDS = [
  "action",
  "ip",
  "reason",
  "for",
  "force",
  "check",
  "confirmed",
  "preview",
];

/** The values of a form, to show it again. */
export interface BlockFormValues {
  ip: string;
  reason: string;
  for: string;
}

/** The result of a form: done, needing confirmation, or refused. */
export type ListActionResult =
  | {
    kind: "done";
    /** The action requested; `unblock_feed` if a feed will block the address again. */
    action: string;
    /** The path where the author has to confirm, if required. */
    confirmAt: string | null;
  }
  | {
    kind: "shown";
    status: number;
    /** Why it was not done; null if only the preview was requested. */
    message: string | null;
    /** The impact of a block; null for other actions and invalid input. */
    impact: Impact | null;
    values: BlockFormValues;
  };

/** Whether a form should offer to block with force. */
export function needsForce(shown: ShownForm | null): boolean {
  return shown !== null && shown.status !== 422 &&
    (shown.impact === null || shown.impact.refusal !== null);
}

/** A result that the page shows. */
export type ShownForm = Extract<ListActionResult, { kind: "shown" }>;

/**
 * Runs the list action of a page's form: `action` block, preview, unblock, allow or disallow.
 *
 * `action=block` blocks in one step. The console's forms send `check` with it: a block that would
 * affect signed-in users, and with `check=all` a block of any range, is then previewed first, and
 * done when the form is sent again with `confirmed`, the address that was previewed.
 *
 * @throws {Refusal} 400 for another action.
 */
export async function listAction(
  services: ConsoleParts,
  form: URLSearchParams,
  author: SignedInAuthor,
): Promise<ListActionResult> {
  const values = {
    ip: form.get("ip") ?? "",
    reason: form.get("reason") ?? "",
    for: form.get("for") ?? "",
  };
  const action = form.has("preview") ? "preview" : form.get("action") ?? "";
  const shown = (
    status: number,
    message: string | null,
    impact: Impact | null,
  ): ShownForm => ({ kind: "shown", status, message, impact, values });
  const done = (
    doneAction = action,
    confirmAt: string | null = null,
  ): ListActionResult => ({ kind: "done", action: doneAction, confirmAt });

  let input: EntryInput | undefined;
  try {
    switch (action) {
      case "preview":
        input = await readEntry(services, values, "block");
        return shown(
          200,
          null,
          await previewBlock(services, input.range, author),
        );
      case "block": {
        const force = form.get("force") === "1";
        input = await readEntry(services, { ...values, force }, "block");
        const isSeen = !form.has("check") ||
          form.get("confirmed") === values.ip;
        const result = isSeen
          ? await blockToConfirm(services, input, author)
          : await blockUnlessSeen(services, input, author, {
            // The console's forms always preview ranges, as they may contain other users.
            showRanges: form.get("check") === "all",
          });
        return "impact" in result
          ? shown(
            409,
            "Not blocked yet: check who would be affected.",
            result.impact,
          )
          : done(action, result.confirmAt);
      }
      case "unblock": {
        const range = readRange(values.ip, "unblock");
        const removed = await unblock(services, range, author);
        return done(removed && isOfFeed(removed) ? "unblock_feed" : action);
      }
      case "allow":
        await allowAsked(services, values, author);
        await settleSafe(services, values.ip, author);
        return done();
      case "disallow":
        await disallowAsked(services, values.ip, author);
        return done();
      default:
        throw new Refusal(
          "malformed",
          "Cannot change the lists: unknown action",
        );
    }
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 400) throw error;
    const impact = error.status === 409 && action === "block" && input
      ? await previewBlock(services, input.range, author).catch(() => null)
      : null;
    return shown(error.status, error.message, impact);
  }
}
