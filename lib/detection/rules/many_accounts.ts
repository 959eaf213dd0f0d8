import { HOUR, MINUTE } from "../../base/duration.ts";
import type { LoginRule } from "../rule.ts";

/** The common part of rules that count the accounts one address fails to log in to. */
export const MANY_ACCOUNTS = {
  stream: "logins",
  windowMs: HOUR,
  everyMs: 30 * MINUTE,
  threshold: 10,
  weight: 1,
  groupBy: (event) => event.ip_address,
  matches: ({ outcome }) => outcome !== "limited",
  distinct: ({ outcome, account }) => outcome === "wrong" ? account : null,
} as const satisfies Partial<LoginRule>;
