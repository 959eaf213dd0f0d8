import { RequestError } from "../request_error.ts";
import type { Services } from "../services.ts";
import {
  allowAsked,
  blockAsked,
  disallowAsked,
  unblockAsked,
} from "./block_request.ts";

/** A list action that a form could not do: why, and what was asked for, to show it again. */
export interface BlockFormFailure {
  message: string;
  status: number;
  values: { ip: string; reason: string; for: string };
}

/**
 * Does what a page's form asks of the lists: `action` block, unblock, allow or disallow. Returns
 * null where it is done, else why not.
 *
 * @throws {RequestError} 400 for another action.
 */
export async function listAction(
  services: Services,
  form: URLSearchParams,
  who: { by: string; from: string },
): Promise<BlockFormFailure | null> {
  const values = {
    ip: form.get("ip") ?? "",
    reason: form.get("reason") ?? "",
    for: form.get("for") ?? "",
  };
  const actions: Record<string, () => Promise<unknown>> = {
    block: () =>
      blockAsked(services, {
        ...values,
        ...who,
        force: form.get("force") === "1",
      }),
    unblock: () => unblockAsked(services, values.ip),
    allow: () => allowAsked(services, { ...values, by: who.by }),
    disallow: () => disallowAsked(services, values.ip),
  };
  const action = actions[form.get("action") ?? ""];
  if (!action) {
    throw new RequestError(400, "Cannot change the lists: unknown action");
  }
  try {
    await action();
    return null;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { message: error.message, status: error.status, values };
  }
}
