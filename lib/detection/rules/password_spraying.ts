import type { LoginRule } from "../rule.ts";
import { MANY_ACCOUNTS } from "./many_accounts.ts";
import { counted, within } from "./words.ts";

/** So many tries per account are spraying; more are brute force. */
const FEW_TRIES = 5;

/**
 * Many accounts tried from one address, few times each, without success: MITRE ATT&CK T1110.003,
 * OWASP Credential Stuffing Prevention Cheat Sheet. An office behind one address logs in more often
 * than it mistypes, so as many successes as half the accounts that failed speak against it.
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
