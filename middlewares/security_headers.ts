import type { VisitorHandler } from "../lib/guard/enclose.ts";
import { withHeaders } from "../lib/http/with_headers.ts";

/**
 * The headers of every response, including error pages, redirects and requests that Fresh fails on
 * (OWASP, HTTP Headers). Blocked clients get fewer: see refusal.ts.
 *
 * Fresh's own csp() creates the nonce for the scripts of islands; the policy is written here
 * because csp() keeps 'unsafe-inline' on responses that are not rendered, and always upgrades to
 * https, which breaks plain http. It wraps the whole app, as Fresh's error routes render outside of
 * middlewares.
 */
export function withSecurityHeaders(
  options: { https: boolean; hstsSubdomains?: boolean },
  next: VisitorHandler,
): VisitorHandler {
  const strict = Object.entries({
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    ...(options.https
      ? {
        "strict-transport-security": options.hstsSubdomains
          ? "max-age=31536000; includeSubDomains"
          : "max-age=31536000",
      }
      : {}),
  });
  return async function securityHeaders(request, info) {
    const response = await next(request, info);
    const { visitor } = info;
    // These pages have policies of their own.
    const { outcome } = visitor;
    if (outcome === "blocked" || outcome === "challenged") return response;
    return withHeaders(response, (headers) => {
      for (const [name, value] of strict) headers.set(name, value);
      const nonce = NONCE.exec(headers.get("content-security-policy") ?? "")
        ?.[0];
      headers.set("content-security-policy", contentSecurityPolicy(nonce));
      // Pages depend on the visitor: the name, the address, an admin's lists.
      if (!headers.has("cache-control")) {
        const isSignedIn = visitor.username !== null;
        headers.set(
          "cache-control",
          isSignedIn ? "no-store" : "private, no-cache",
        );
      }
    });
  };
}

const NONCE = /'nonce-[\w+/=-]{8,}'/;

/** Only resources of this origin, and the one inline script with the nonce. */
function contentSecurityPolicy(nonce: string | undefined): string {
  return `default-src 'self'; script-src 'self'${nonce ? ` ${nonce}` : ""}; ` +
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
    "form-action 'self'; frame-ancestors 'none'";
}
