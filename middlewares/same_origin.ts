import { HttpError } from "fresh";
import { isSafeMethod, provesSameOrigin } from "../lib/http/same_origin.ts";
import { logLine } from "../lib/base/log_line.ts";
import { define } from "../utils.ts";

/**
 * Refuses a request that changes something unless our own page sent it. Fresh's csrf() allows a
 * request that has neither Origin nor Sec-Fetch-Site; this does not.
 *
 * The API has its own rule: its bodies are JSON, which no form can send, and it does not respond to
 * CORS preflights; only a request that a browser marks as cross-site is refused there.
 */
export const sameOrigin = define.middleware(function sameOrigin(ctx) {
  if (isSafeMethod(ctx.req.method)) return ctx.next();
  const { headers } = ctx.req;
  const from = headers.get("origin");
  if (ctx.state.cookies.secure && from !== null && losesCookies(from)) {
    const { publicOrigin } = ctx.state.services.config;
    throw new HttpError(
      403,
      `This page was opened at ${
        from.slice(0, 200)
      }, but the site is configured for ${publicOrigin} (PUBLIC_ORIGIN): the login cookie is for https only and would not be sent. Open ${publicOrigin} and try again there.`,
    );
  }
  const proved = provesSameOrigin(ctx.req, ctx.state.services.config);
  const isApi = ctx.url.pathname.startsWith("/api/");
  const isBrowser = headers.has("sec-fetch-site") || headers.has("origin");
  if (!proved && (!isApi || isBrowser)) {
    logLine("warn", "malicious_cors", {
      ip_address: ctx.state.visitor.ip,
      method: ctx.req.method,
      path: ctx.url.pathname,
      origin: headers.get("origin"),
    });
    throw new HttpError(
      403,
      "This form was not sent from a page of this site. Load the page again and retry.",
    );
  }
  return ctx.next();
});

/** Whether a browser at this origin drops `Secure` cookies: plain http, except for localhost. */
function losesCookies(origin: string): boolean {
  const url = URL.parse(origin);
  return url !== null && url.protocol === "http:" &&
    !/^(localhost|127(\.\d+){3}|\[::1\]|.*\.localhost)$/.test(url.hostname);
}
