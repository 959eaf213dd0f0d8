import { logLine } from "../base/log_line.ts";
import { problem } from "../http/problem.ts";
import {
  rateLimitHeaders,
  retryAfterSeconds,
} from "../limits/rate_limit_headers.ts";
import type { Decision } from "../limits/throttle.ts";
import { ruleOfLimit } from "../policy/limit_rule.ts";
import type { Visitor } from "./visitor.ts";

/**
 * The message of a 429; the seconds equal `Retry-After`. For an account's lock it says how to log
 * in nevertheless, also for names without an account.
 */
export function limitedMessage(decision: Decision): string {
  const message = `Too many attempts. Try again in ${
    retryAfterSeconds(decision)
  } seconds.`;
  return LOCKS.has(decision.policy) ? `${message} ${HOW_TO_GET_IN}` : message;
}

/** Limits per account, independent of the client. */
const LOCKS = new Set([
  "login-account",
  "login-pair",
  "login-code",
  "login-code-device",
  "login-trusted",
]);

const HOW_TO_GET_IN =
  "Until then you can log in from a browser that you have used before, or with a recovery code; an admin can lift this lock.";

/**
 * Marks a request as limited, by which limit, in the request log, and writes a line to the
 * process's log.
 */
export function markLimited(visitor: Visitor, { policy }: Decision): void {
  visitor.outcome = "limited";
  visitor.rule = ruleOfLimit(policy);
  // Logins log themselves.
  if (policy.startsWith("login")) return;
  logLine("warn", "excess_rate_limit_exceeded", {
    ip_address: visitor.ip,
    policy,
  });
}

/**
 * The API's 429; also marks the request as limited in the request log.
 *
 * @example
 * ```ts
 * import { createThrottle, limitedProblem, parseRate, type Visitor } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * const throttle = createThrottle({ kv, now: Date.now, name: "mail" });
 * const visitor: Visitor = {
 *   ip: "203.0.113.9",
 *   username: null,
 *   outcome: "allowed",
 * };
 * const once = parseRate("1/h");
 * await throttle.take(visitor.ip, once);
 * const decision = await throttle.take(visitor.ip, once);
 * const response = limitedProblem(visitor, decision);
 * assertEquals(response.status, 429);
 * ```
 */
export function limitedProblem(visitor: Visitor, decision: Decision): Response {
  markLimited(visitor, decision);
  return problem(429, limitedMessage(decision), rateLimitHeaders(decision));
}
