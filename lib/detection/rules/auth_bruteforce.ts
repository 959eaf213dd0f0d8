import { MINUTE } from "../../base/duration.ts";
import type { Rule } from "../rule.ts";
import { counted, within } from "./words.ts";

/**
 * More than this many for one path within ten seconds: a client with a stale password is slower.
 */
const FAST = 10;

/**
 * Many wrong passwords sent with requests (HTTP authentication, RFC 7235): many 401 in quick
 * succession at one path, and no success. CrowdSec's `http-generic-bf`, fail2ban's
 * `nginx-http-auth`.
 */
export function authBruteforce(): Rule {
  return {
    name: "auth_bruteforce",
    about:
      "Wrong passwords sent with requests (HTTP authentication) in quick succession; critical from four times the threshold on.",
    severity: "warning",
    windowMs: 10 * MINUTE,
    everyMs: 5 * MINUTE,
    threshold: 30,
    weight: 1,
    only: { status: (status) => status === 401 },
    groupBy: (record) => record.ip_address,
    matches: ({ method }) => method !== "POST",
    raise({ count, threshold, client }) {
      if (client.accepted || client.run <= FAST) return null;
      return count > 4 * threshold ? "critical" : "warning";
    },
    explain: ({ count, window }) =>
      `${counted(count, "wrong password")} ${within(window)}`,
  };
}
