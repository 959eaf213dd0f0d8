import { MINUTE } from "../../base/duration.ts";
import { FLAG, type RequestRecord } from "../../log/request_record.ts";
import {
  compileLoginPaths,
  LOGIN_FAILURE,
  type LoginFailure,
} from "../login_paths.ts";
import type { Rule } from "../rule.ts";
import { counted, within } from "./words.ts";

/** Options of {@linkcode loginBruteforce}. */
export interface LoginBruteforceOptions {
  /** Where passwords are sent, as globs (`LOGIN_PATHS`). @default ["/login", "/api/login", "/api/auth"] */
  paths?: readonly string[];
  /** Which responses mean a wrong password (`LOGIN_FAILURE`). */
  failure?: LoginFailure;
}

/** More than this many within ten seconds are sent by a program. */
const FAST = 4;
/** Above this ratio of wrong to right passwords, it is not an office behind one address. */
const OFFICE = 2;

/**
 * Many wrong passwords from one address: fail2ban's `maxretry` within `findtime`, as OWASP ASVS
 * 6.3.1 requires. It reads the request log, so it can judge an imported log, too. Attempts that our
 * own limits refused were never checked and do not count, so our refusals cannot cause a finding.
 * Any POST answered with 401 counts, too, and any refused form with a password.
 */
export function loginBruteforce(
  {
    paths = ["/login", "/api/login", "/api/auth"],
    failure = LOGIN_FAILURE,
  }: LoginBruteforceOptions = {},
): Rule {
  const takesPasswords = compileLoginPaths(paths);
  const isWrong = ({ status, path, flags }: RequestRecord) =>
    takesPasswords(path)
      ? failure.statuses.includes(status) ||
        // If response headers are unknown, as in an imported log, 200 means that the form is shown
        // again.
        failure.sameForm && status === 200 && (flags & FLAG.newCookie) === 0
      : status === 401 ||
        (flags & FLAG.password) !== 0 && failure.statuses.includes(status);
  return {
    name: "login_bruteforce",
    about:
      "Wrong passwords from one address, at LOGIN_PATHS and login paths of widely used software; critical from three times the threshold on.",
    severity: "warning",
    windowMs: 10 * MINUTE,
    everyMs: 5 * MINUTE,
    threshold: 10,
    markThreshold: FAST,
    weight: 1,
    only: { method: (method) => method === "POST" },
    groupBy: (record) => record.ip_address,
    matches: ({ status, path, flags }) =>
      status === 401 || (flags & FLAG.password) !== 0 || takesPasswords(path),
    marks: isWrong,
    raise({ count, marked, threshold, client }) {
      if (marked <= OFFICE * (count - marked)) return null;
      if (marked > threshold) {
        return marked > 3 * threshold ? "critical" : "warning";
      }
      return marked > FAST && client.run > FAST && !client.accepted
        ? "warning"
        : null;
    },
    explain: ({ marked, window }) =>
      `${counted(marked, "wrong password")} ${within(window)}`,
  };
}
