import { type Context, HttpError } from "fresh";
import { readBearerToken } from "../lib/accounts/bearer_token.ts";
import { resolveProof, sessionProof } from "../lib/accounts/request_session.ts";
import { endable, isLong } from "../lib/http/open_ends.ts";
import { hasGivenRole } from "../lib/accounts/sign_in_ways.ts";
import type { User } from "../lib/accounts/user.ts";
import { getUser } from "../lib/accounts/users.ts";
import { logLine } from "../lib/base/log_line.ts";
import { StoreDownError } from "../lib/store/errors.ts";
import { define, type State } from "../utils.ts";
import { demandSecondFactor } from "./second_factor_required.ts";
import { demandPasswordChange } from "./password_change.ts";

/** Requires a signed-in user; pages redirect others to the login, the API responds with 401. */
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
      if (ctx.state.refused !== null) throw ctx.state.refused;
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
        `Your account does not have the required role.${
          roleSource(user, ctx.state.services)
        }`,
      );
    }
    if (role === "admin" && readBearerToken(ctx.req.headers) === null) {
      visitor.usesConsole = true;
    }
    const response = demandPasswordChange(ctx) ??
      await demandSecondFactor(ctx) ?? await ctx.next();
    return isLong(response) ? whileSignedIn(ctx, role, response) : response;
  });
}

/** The source of a role that is not set here. */
function roleSource(
  user: Pick<User, "source">,
  { config, provider }: State["services"],
): string {
  if (!hasGivenRole(user, config)) return "";
  return user.source === "proxy"
    ? " The proxy in front of this site says which role you have."
    : ` ${
      provider?.label ?? "The identity provider"
    } says at each login which role you have.`;
}

/** Ends a download or stream when its session ends, or its user loses the role. */
export function whileSignedIn(
  ctx: Pick<Context<State>, "req" | "state">,
  role: "user" | "admin",
  response: Response,
): Response {
  const { services: { accounts, ends, authorize }, cookies } = ctx.state;
  if (authorize !== null) {
    // Results are cached by visitor: a copy makes `authorize` decide again.
    const { req } = ctx;
    const { visitor } = ctx.state;
    return endable(
      response,
      ends,
      async () => await authorize(req, { ...visitor }),
    );
  }
  const { user } = ctx.state;
  if (user?.source === "proxy") {
    // The proxy's headers were for this request; later changes in the console apply.
    return endable(response, ends, async () => {
      const found = await getUser(accounts, user.id);
      return found !== null && found.is_active &&
        (role === "user" || found.role === "admin");
    });
  }
  const proof = sessionProof(ctx.req.headers, cookies);
  return endable(response, ends, async () => {
    const found = proof && await resolveProof(accounts, proof);
    return found ? role === "user" || found.user.role === "admin" : false;
  });
}
