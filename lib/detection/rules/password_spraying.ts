import type { LoginRule } from "../rule.ts";
import { MANY_ACCOUNTS } from "./many_accounts.ts";
import { counted, within } from "./words.ts";

/** Up to this many tries per account are spraying; more are brute force. */
const FEW_TRIES = 5;

/**
 * Login attempts for many accounts from one address, few for each, without success: MITRE ATT&CK
 * T1110.003, OWASP Credential Stuffing Prevention Cheat Sheet. An office behind one address has
 * more logins than mistyped passwords, so successes of half as many accounts as failed prevent a
 * finding.
 */
export function passwordSpraying(): LoginRule {
  return {
    ...MANY_ACCOUNTS,
    name: "password_spraying",
    about:
      "Wrong passwords for many accounts from one address, few for each; critical from four times the threshold on.",
    severity: "warning",
    marks: ({ outcome }) => outcome !== "wrong",
    raise({ count, matched, marked, threshold }) {
      if (marked * 2 > count) return null;
      if (matched - marked > count * FEW_TRIES) return null;
      return count > 4 * threshold ? "critical" : "warning";
    },
    explain: ({ count, matched, marked, window }) =>
      `${counted(matched - marked, "wrong password")} for ${
        counted(count, "account")
      } ${within(window)}`,
  };
}
