import { ownValue } from "../base/own_value.ts";

/** The limits of logins whose name in the store differs from that of their rule. */
const RULE_OF: Record<string, string> = {
  "login": "login-anonymous",
  "login-device": "login-anonymous",
  "login-recovery": "login-anonymous",
  "login-signed-in": "login-authenticated",
  "login-pair": "login-account",
  "login-trusted": "login-account",
};

/** The name of the fixed rule that a limit belongs to; of any other limit its own name. */
export function ruleOfLimit(limit: string): string {
  return ownValue(RULE_OF, limit) ?? limit;
}
