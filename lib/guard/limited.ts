import { logLine } from "../base/log_line.ts";
import { problem } from "../http/problem.ts";
import {
  rateLimitHeaders,
  retryAfterSeconds,
} from "../limits/rate_limit_headers.ts";
import type { Decision } from "../limits/throttle.ts";
import type { Visitor } from "./visitor.ts";

/** The sentence that goes with a 429; the seconds equal `Retry-After`. */
export function limitedMessage(decision: Decision): string {
  return `Too many attempts. Try again in ${
    retryAfterSeconds(decision)
  } seconds.`;
}

/** Marks a request as limited in the request log, and says so in the process's. */
export function markLimited(visitor: Visitor, { policy }: Decision): void {
  visitor.outcome = "limited";
  // Logins tell of themselves.
  if (policy.startsWith("login")) return;
  logLine("warn", "excess_rate_limit_exceeded", {
    ip_address: visitor.ip,
    policy,
  });
}

/** The API's 429; also marks the request as limited in the request log. */
export function limitedProblem(visitor: Visitor, decision: Decision): Response {
  markLimited(visitor, decision);
  return problem(429, limitedMessage(decision), rateLimitHeaders(decision));
}
