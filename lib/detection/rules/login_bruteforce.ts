import { MINUTE } from "../../base/duration.ts";
import { FLAG, type RequestRecord } from "../../log/request_record.ts";
import {
  compileLoginPaths,
  LOGIN_FAILURE,
  type LoginFailure,
} from "../login_paths.ts";
import type { Rule } from "../rule.ts";
import { counted, within } from "./words.ts";

/** What {@linkcode loginBruteforce} can be told. */
export interface LoginBruteforceOptions {
  /** Where passwords are sent, as globs (`LOGIN_PATHS`). @default ["/login", "/api/login", "/api/auth"] */
  paths?: readonly string[];
  /** Which answers mean a wrong one (`LOGIN_FAILURE`). */
  failure?: LoginFailure;
}

/** So many within ten seconds are typed by a machine. */
const FAST = 4;
/** So many times more wrong passwords than right ones are no office behind one address. */
const OFFICE = 2;

/**
 * Many wrong passwords from one address: fail2ban's `maxretry` within `findtime`, and what OWASP
 * ASVS 6.3.1 asks to be noticed. It reads the request log, so that it judges an imported log, too.
 * Attempts that our own limits refused were never checked and do not count, so a finding cannot come
 * of our own refusals. A POST anywhere that is answered with 401 is one, too, and a form with
 * a password that is refused.
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
        // Where nobody saw the answer, as in an imported log, 200 is the form again.
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
