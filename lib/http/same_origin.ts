import type { RequestView } from "./request_view.ts";

/** How a request that changes something proves that it comes from our page. */
export interface OriginPolicy {
  /** `PUBLIC_ORIGIN`: the origin of the pages, if behind a proxy. */
  publicOrigin: string | null;
  /** All origins, if there are several. */
  publicOrigins?: readonly string[];
}

/** Methods that change nothing (RFC 9110, section 9.2.1). */
export function isSafeMethod(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

/**
 * Whether a request proves that it comes from a page of this origin (OWASP, Cross-Site Request
 * Forgery Prevention). Current browsers send `Sec-Fetch-Site`; if it is missing, `Origin` counts,
 * and then `Referer`. A request with none of the three has proved nothing.
 */
export function provesSameOrigin(
  request: Pick<RequestView, "headers" | "url">,
  policy: OriginPolicy,
): boolean {
  const { headers } = request;
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  const isOurs = (text: string | null): boolean => {
    const claimed = originOf(text);
    return claimed !== null &&
      (claimed === originOf(request.url) || claimed === policy.publicOrigin ||
        policy.publicOrigins?.includes(claimed) === true);
  };
  if (site !== null) {
    // Behind a proxy our origin may differ from the one that the browser sees, so "same-origin" is
    // trusted: no page can set a Sec- field.
    return site === "same-origin" || (site === "none" && origin === null) ||
      isOurs(origin);
  }
  if (origin !== null) return isOurs(origin);
  return isOurs(headers.get("referer"));
}

function originOf(text: string | null): string | null {
  if (text === null) return null;
  try {
    return new URL(text).origin;
  } catch {
    return null;
  }
}
