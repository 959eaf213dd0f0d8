import { define } from "../utils.ts";

/**
 * The headers that every response gets, error pages and redirects included (OWASP, HTTP Headers).
 *
 * Fresh's own csp() makes the nonce for the scripts of islands; the policy is written here because
 * csp() keeps 'unsafe-inline' on responses that are not rendered, and always upgrades to https,
 * which breaks plain http.
 */
export function securityHeaders(options: { https: boolean }) {
  const strict = Object.entries({
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    ...(options.https
      ? { "strict-transport-security": "max-age=31536000" }
      : {}),
  });
  return define.middleware(async function securityHeaders(ctx) {
    const response = await ctx.next();
    const { headers } = response;
    for (const [name, value] of strict) headers.set(name, value);
    const nonce = NONCE.exec(headers.get("content-security-policy") ?? "")?.[0];
    headers.set("content-security-policy", contentSecurityPolicy(nonce));
    // Pages depend on who asks: his name, his address, an admin's lists.
    if (!headers.has("cache-control")) {
      const isSignedIn = (ctx.state.user ?? null) !== null;
      headers.set(
        "cache-control",
        isSignedIn ? "no-store" : "private, no-cache",
      );
    }
    return response;
  });
}

const NONCE = /'nonce-[\w+/=-]{8,}'/;

/** Only what this origin serves, and the one inline script that carries the nonce. */
function contentSecurityPolicy(nonce: string | undefined): string {
  return `default-src 'self'; script-src 'self'${nonce ? ` ${nonce}` : ""}; ` +
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
    "form-action 'self'; frame-ancestors 'none'";
}
