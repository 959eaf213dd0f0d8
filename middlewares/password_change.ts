import type { Context } from "fresh";
import { nextQuery } from "../lib/http/next_path.ts";
import { problem } from "../lib/http/problem.ts";
import { define, type State } from "../utils.ts";

/** The page where a password that was set by an admin is changed. */
const CHANGE_PAGE = "/profile/password";

/** Allowed before the change: changing it, logging out, and the notice itself. */
const ALLOWED = new Set([
  CHANGE_PAGE,
  "/logout",
  "/api/password",
  "/api/logout",
  "/api/me",
  "/healthz",
]);

/**
 * Requires users who signed in with a password chosen by an admin to change it first: until then
 * two people know it. Pages redirect to the form, the API responds with 403.
 */
export const passwordChange = define.middleware(function passwordChange(ctx) {
  return demandPasswordChange(ctx) ?? ctx.next();
});

/** The response to users who must change the password first; null: the request continues. */
export function demandPasswordChange(
  ctx: Context<State>,
): Response | null {
  const { state, url, req } = ctx;
  if (!state.user?.must_change_password) return null;
  const path = url.pathname.replace(/(?<=.)\/+$/, "");
  if (ALLOWED.has(path)) return null;
  if (path === "/api" || path.startsWith("/api/") || path === "/metrics") {
    return problem(
      403,
      "Your password was set by an admin. Change it first, with POST /api/password.",
      undefined,
      "urn:portcullis:password-change-required",
    );
  }
  const next = req.method === "GET" ? url.pathname + url.search : "/";
  return ctx.redirect(`${CHANGE_PAGE}${nextQuery(next)}`, 303);
}
