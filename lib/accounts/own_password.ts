import { auditOwn } from "./audit_own.ts";
import { limitedMessage } from "../guard/limited.ts";
import { rateLimitHeaders } from "../limits/rate_limit_headers.ts";
import type { Visitor } from "../guard/visitor.ts";
import { logLine } from "../base/log_line.ts";
import { changePassword } from "./change_password.ts";
import type { LoginDeps } from "./login.ts";
import type { SignedIn } from "./sessions.ts";

/** How a form that changes one's own password is answered. */
export type OwnPasswordChange =
  | { ok: true; secret: string }
  | {
    ok: false;
    status: number;
    headers: Record<string, string>;
    field?: "current" | "next";
    message: string;
  };

/**
 * Changes the password of whoever is signed in as a form asks for it, and writes a line about it.
 *
 * @throws {BusyError} when too many passwords wait to be hashed.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function changeOwnPassword(
  accounts: LoginDeps,
  { signedIn, visitor, device }: {
    signedIn: SignedIn;
    visitor: Visitor;
    device: string | null;
  },
  form: URLSearchParams,
): Promise<OwnPasswordChange> {
  const result = await changePassword(accounts, signedIn, {
    current: form.get("current") ?? "",
    next: form.get("next") ?? "",
    device,
  });
  const who = { userid: signedIn.user.username, ip_address: visitor.ip };
  if (result.ok) {
    logLine("info", "authn_password_change", who);
    const { username } = signedIn.user;
    await auditOwn(accounts, {
      ...{ username, what: "user_password", from: visitor.ip },
    });
    return result;
  }
  switch (result.kind) {
    case "limited": {
      visitor.outcome = "limited";
      const { decision } = result;
      return {
        ok: false,
        status: 429,
        headers: rateLimitHeaders(decision),
        message: limitedMessage(decision),
      };
    }
    case "wrong":
      logLine("warn", "authn_password_change_fail", who);
      return {
        ok: false,
        status: 422,
        headers: {},
        field: "current",
        message: "This is not your current password.",
      };
    case "invalid":
      return {
        ok: false,
        status: 422,
        headers: {},
        field: "next",
        message: result.message,
      };
  }
}
