import type { Rule } from "../rule.ts";
import { compileSensitivePaths } from "../sensitive_paths.ts";
import { MINUTE } from "../types.ts";
import { counted, within } from "./words.ts";

/** Where a password is sent. */
const LOGIN_PATHS = ["/login", "/api/login", "/api/auth"];

/**
 * Many wrong passwords from one address: fail2ban's `maxretry` within `findtime`, and what OWASP
 * ASVS 6.3.1 asks to be noticed. It reads the request log, so that it judges an imported log, too.
 * Attempts over the limit (429) were never checked and do not count, so a finding cannot come of
 * our own refusals.
 */
export function loginBruteforce(paths: readonly string[] = LOGIN_PATHS): Rule {
  const isLogin = compileSensitivePaths(paths);
  return {
    name: "login_bruteforce",
    about:
      "Wrong passwords from one address; critical from three times the threshold on.",
    severity: "warning",
    windowMs: 10 * MINUTE,
    everyMs: 5 * MINUTE,
    threshold: 10,
    weight: 1,
    only: {
      status: (status) => status === 401,
      path: (path) => isLogin(path) !== null,
    },
    groupBy: (record) => record.ip_address,
    matches: ({ method }) => method === "POST",
    raise: ({ count, threshold }) =>
      count > 3 * threshold ? "critical" : "warning",
    explain: ({ count, window }) =>
      `${counted(count, "wrong password")} ${within(window)}`,
  };
}
