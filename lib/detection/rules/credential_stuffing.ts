import type { LoginRule } from "../rule.ts";
import { MANY_ACCOUNTS } from "./many_accounts.ts";
import { counted, within } from "./words.ts";

/**
 * Login attempts for many accounts from one address, a few of them successful: lists of passwords
 * stolen elsewhere, MITRE ATT&CK T1110.004 and OWASP Automated Threat OAT-008. A right password
 * without the second factor counts as a success, because the password is known. As in
 * password_spraying, an office behind one address has a higher share of successes.
 */
export function credentialStuffing(): LoginRule {
  return {
    ...MANY_ACCOUNTS,
    name: "credential_stuffing",
    about:
      "Wrong passwords for many accounts from one address, and a few right ones.",
    severity: "critical",
    marks: ({ outcome }) => outcome === "success" || outcome === "code",
    raise: ({ count, marked }) =>
      marked > 0 && marked * 2 <= count ? "critical" : null,
    explain: ({ count, marked, window }) =>
      `wrong passwords for ${counted(count, "account")} and ${
        counted(marked, "right one")
      } ${within(window)}`,
  };
}
