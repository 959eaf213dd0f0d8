import { Refusal } from "../base/refusal.ts";
import type { ConsoleParts } from "./console_parts.ts";
import {
  allowAsked,
  blockFromPage,
  disallowAsked,
  previewAsked,
  unblockAsked,
} from "./block_request.ts";
import { isOfFeed } from "../lists/access_entry.ts";
import type { Impact } from "../log/impact.ts";

/** What a form that changes the lists sends. */
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

/** Who fills in a form, and from where. */
export interface FormAuthor {
  by: string;
  /** The client's address. */
  from: string;
  /** The id of the browser's session. */
  session: string;
}

/** What a form asked for, to show it again. */
export interface BlockFormValues {
  ip: string;
  reason: string;
  for: string;
}

/** What became of a form: done, not yet done, or not to be done. */
export type ListActionResult =
  | {
    kind: "done";
    /** As it was asked for; `unblock_feed` where a feed will block it again. */
    action: string;
    /** Where the author has to confirm, if that is needed. */
    confirmAt: string | null;
  }
  | {
    kind: "shown";
    status: number;
    /** Why it was not done; null where only the preview was asked for. */
    message: string | null;
    /** Whom a block would hit; null where it was no block, or could not be read. */
    impact: Impact | null;
    values: BlockFormValues;
  };

/** Whether a form should offer to block all the same. */
export function needsForce(shown: ShownForm | null): boolean {
  return shown !== null && shown.status !== 422 &&
    (shown.impact === null || shown.impact.refusal !== null);
}

/** A result that the page shows. */
export type ShownForm = Extract<ListActionResult, { kind: "shown" }>;

/**
 * Does what a page's form asks of the lists: `action` block, preview, unblock, allow or disallow.
 *
 * `action=block` blocks in one step. Our own forms send `check` with it: a block that would hit
 * people who are signed in, and with `check=all` that of any range, is then shown first, and done when
 * it comes again with `confirmed`, the address that was shown.
 *
 * @throws {Refusal} 400 for another action.
 */
export async function listAction(
  services: ConsoleParts,
  form: URLSearchParams,
  who: FormAuthor,
): Promise<ListActionResult> {
  const values = {
    ip: form.get("ip") ?? "",
    reason: form.get("reason") ?? "",
    for: form.get("for") ?? "",
  };
  const action = form.has("preview") ? "preview" : form.get("action") ?? "";
  const preview = () => previewAsked(services, { ...values, ...who });
  const shown = (
    status: number,
    message: string | null,
    impact: Impact | null,
  ): ShownForm => ({ kind: "shown", status, message, impact, values });
  const actions: Record<string, () => Promise<unknown>> = {
    async unblock() {
      const removed = await unblockAsked(services, { ...values, ...who });
      return removed && isOfFeed(removed) ? "unblock_feed" : null;
    },
    allow: () => allowAsked(services, { ...values, ...who }),
    disallow: () => disallowAsked(services, { ...values, ...who }),
  };
  try {
    if (action === "preview") return shown(200, null, await preview());
    if (action === "block") {
      if (form.has("check") && form.get("confirmed") !== values.ip) {
        const impact = await preview();
        // Ours ask for ranges to be shown always: nobody knows who is in one.
        const isShown = impact.user_count > 0 ||
          form.get("check") === "all" && impact.ip_address.includes("/");
        if (isShown && impact.refusal === null) {
          return shown(409, "Not blocked yet: look whom it would hit.", impact);
        }
      }
      const confirmAt = await blockFromPage(services, {
        ...values,
        ...who,
        force: form.get("force") === "1",
      });
      return { kind: "done", action, confirmAt };
    }
    if (!Object.hasOwn(actions, action)) {
      throw new Refusal("malformed", "Cannot change the lists: unknown action");
    }
    const done = await actions[action]!();
    return {
      kind: "done",
      action: done === "unblock_feed" ? done : action,
      confirmAt: null,
    };
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 400) throw error;
    const impact = error.status === 409 && action === "block"
      ? await preview().catch(() => null)
      : null;
    return shown(error.status, error.message, impact);
  }
}
