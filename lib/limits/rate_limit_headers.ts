import type { Decision } from "./throttle.ts";

/**
 * The header fields about a client's limit: `RateLimit-Policy` and `RateLimit` by
 * draft-ietf-httpapi-ratelimit-headers-10, and on a refusal `Retry-After` (RFC 9110), a whole
 * number of seconds and at least 1. On a refusal `t` equals `Retry-After`.
 *
 * @example
 * ```ts
 * import { rateLimitHeaders } from "./rate_limit_headers.ts";
 *
 * const headers = rateLimitHeaders({
 *   allowed: false, limit: 5, remaining: 0, retryAfterMs: 22_400, resetMs: 22_400,
 *   windowMs: 60_000, policy: "login",
 * });
 * headers["RateLimit-Policy"]; // "login";q=5;w=60
 * headers["RateLimit"]; // "login";r=0;t=23
 * headers["Retry-After"]; // 23
 * ```
 */
export function rateLimitHeaders(decision: Decision): Record<string, string> {
  const { allowed, limit, remaining, resetMs, windowMs, policy } = decision;
  // The policy's name only has characters that need no escaping in a structured field's string.
  const fields: Record<string, string> = {
    "RateLimit-Policy": `"${policy}";q=${limit};w=${
      Math.ceil(windowMs / 1_000)
    }`,
    "RateLimit": `"${policy}";r=${remaining};t=${
      allowed ? Math.ceil(resetMs / 1_000) : retryAfterSeconds(decision)
    }`,
  };
  if (!allowed) fields["Retry-After"] = String(retryAfterSeconds(decision));
  return fields;
}

/** The wait in whole seconds, at least 1, for headers and pages. */
export function retryAfterSeconds(
  { retryAfterMs }: Pick<Decision, "retryAfterMs">,
): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1_000));
}
