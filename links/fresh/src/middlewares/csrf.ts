import type { Context } from "../context.ts";
import { HttpError } from "../http_error.ts";
import type { Middleware } from "../types.ts";

/** Options of csrf(). */
export interface CsrfOptions<State = unknown> {
  /**
   * Origins that may send forms, e.g. `https://example.org`. Set it behind a
   * proxy that ends TLS: the request's own origin is `http:` there.
   * @default the origin of `ctx.url`
   */
  origin?:
    | string
    | string[]
    | ((origin: string, ctx: Context<State>) => boolean);
}

/**
 * Refuses requests from other sites' pages. GET, HEAD and OPTIONS pass; so does a request without
 * Sec-Fetch-Site and Origin, which no current browser sends and a script may.
 *
 * @example
 * ```ts
 * app.use(csrf({ origin: "https://example.org" }));
 * ```
 */
export function csrf<State = unknown>(
  options: CsrfOptions<State> = {},
): Middleware<State> {
  const { origin: allowed } = options;
  const isAllowed = typeof allowed === "function"
    ? allowed
    : allowed === undefined
    ? (origin: string, ctx: Context<State>) => origin === ctx.url.origin
    : (origin: string) => [allowed].flat().includes(origin);

  return async function csrfProtection(ctx) {
    const { method, headers } = ctx.req;
    if (method !== "GET" && method !== "HEAD" && method !== "OPTIONS") {
      const site = headers.get("sec-fetch-site");
      const origin = headers.get("origin");
      const passes = site === "same-origin" || site === "none" ||
        (origin === null ? site === null : isAllowed(origin, ctx));
      if (!passes) throw new HttpError(403);
    }
    return await ctx.next();
  };
}
