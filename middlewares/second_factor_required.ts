import type { Context } from "fresh";
import { getTotp } from "../lib/accounts/second_factor.ts";
import { problem } from "../lib/http/problem.ts";
import type { State } from "../utils.ts";

/** The page where a second factor is set up. */
const SETUP_PAGE = "/profile/second-factor";

/** Allowed without one: setting it up, changing a password, logging out, and the notice itself. */
const ALLOWED = new Set([
  SETUP_PAGE,
  "/profile/password",
  "/logout",
  "/api/password",
  "/api/logout",
  "/api/me",
]);

/**
 * The response to users who must set up a second factor first (`REQUIRE_2FA`): pages redirect to
 * the form, the API responds with 403; null: the request continues.
 */
export async function demandSecondFactor(
  ctx: Pick<Context<State>, "state" | "url" | "redirect">,
): Promise<Response | null> {
  const { state, url } = ctx;
  const { user, services } = state;
  const { require2fa } = services.config;
  const isAsked = require2fa === "all" ||
    require2fa === "admins" && user?.role === "admin";
  // Where users are authenticated elsewhere, factors are required there, too.
  if (user === null || user.source || !isAsked) return null;
  const path = url.pathname.replace(/(?<=.)\/+$/, "");
  if (ALLOWED.has(path)) return null;
  if (await getTotp(services.accounts, user.id) !== null) return null;
  if (path === "/api" || path.startsWith("/api/") || path === "/metrics") {
    return problem(
      403,
      `A second factor is required here. Set it up first, at ${SETUP_PAGE}.`,
      undefined,
      "urn:portcullis:second-factor-required",
    );
  }
  return ctx.redirect(SETUP_PAGE, 303);
}
