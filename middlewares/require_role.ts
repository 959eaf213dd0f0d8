import { HttpError } from "fresh";
import { logLine } from "../lib/base/log_line.ts";
import { StoreDownError } from "../lib/store/errors.ts";
import { define } from "../utils.ts";
import { demandPasswordChange } from "./password_change.ts";

/** Lets in whoever is signed in; a page sends others to the login, the API answers 401. */
export function requireRole(role: "user" | "admin") {
  return define.middleware(async function requireRole(ctx) {
    await ctx.state.signingIn;
    const { user, visitor, storeDown } = ctx.state;
    if (storeDown) {
      throw new StoreDownError(
        "Cannot reach the store: no session could be read",
      );
    }
    if (user === null) {
      if (ctx.url.pathname.startsWith("/api/")) {
        throw new HttpError(
          401,
          "Sign in, or send a token as Authorization: Bearer",
        );
      }
      const next = ctx.url.pathname + ctx.url.search;
      return ctx.redirect(`/login?next=${encodeURIComponent(next)}`, 303);
    }
    if (role === "admin" && user.role !== "admin") {
      logLine("warn", "authz_fail", {
        userid: user.username,
        ip_address: visitor.ip,
        path: ctx.url.pathname,
      });
      throw new HttpError(
        403,
        "Your account does not have the role that this needs.",
      );
    }
    return demandPasswordChange(ctx) ?? await ctx.next();
  });
}
