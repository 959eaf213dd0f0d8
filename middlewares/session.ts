import { HttpError } from "fresh";
import { signedInByHost, signedInByProxy } from "../lib/accounts/host_user.ts";
import { resolveProof, sessionProof } from "../lib/accounts/request_session.ts";
import { outsideUser, roleOf } from "../lib/accounts/outside_user.ts";
import type { SignedIn } from "../lib/accounts/sessions.ts";
import type { Services } from "../lib/app/services.ts";
import { Refusal } from "../lib/base/refusal.ts";
import type { RemoteUser, Visitor } from "../lib/guard/visitor.ts";
import { deadline, DeadlineError } from "../lib/base/delay.ts";
import { cookieScope, hostOf, originOf } from "../lib/http/cookie_scope.ts";
import { canonicalIp } from "../lib/net/ip.ts";
import { isSafeMethod } from "../lib/http/same_origin.ts";
import { StoreDownError } from "../lib/store/errors.ts";
import { define } from "../utils.ts";

/** Pages about accounts, which do not exist if an embedding app authenticates users. */
const ACCOUNTS =
  /^\/(login|logout|signup|setup|profile|api\/(login|logout|signup|password))(\/|$)/;

/** How long a page that needs no session waits for a store that hangs, in milliseconds. */
const PAGE_PATIENCE_MS = 250;

/**
 * Finds the signed-in user: by an embedding app's decision, else by bearer token, by a trusted
 * proxy's headers, or by session cookie. Without any of these the store is not read. If the store
 * does not respond, public pages continue as for an anonymous visitor; pages that need a session
 * wait for up to the store's deadline (see require_role.ts).
 */
export const session = define.middleware(async function session(ctx) {
  const { state, req } = ctx;
  const { accounts, config } = state.services;
  const { remoteAddr } = ctx.info;
  const peer = "hostname" in remoteAddr ? canonicalIp(remoteAddr.hostname) : "";
  const isProxied = peer !== state.visitor.ip;
  state.cookies = cookieScope(
    config,
    { url: ctx.url.href, headers: req.headers },
    isProxied,
  );
  state.origin = originOf(config, hostOf(req.headers, isProxied));
  state.user = null;
  state.signedIn = null;
  state.refused = null;
  state.storeDown = false;
  state.signingIn = null;
  if (state.services.authorize !== null) {
    const { authorize, now } = state.services;
    const { pathname } = ctx.url;
    const isOpen = pathname === "/healthz" || pathname === "/metrics";
    if (await authorize(req, state.visitor)) {
      const { username, ip } = state.visitor;
      state.signedIn = signedInByHost(username, "admin", ip, now());
      state.user = state.signedIn.user;
      state.visitor.username = state.user.username;
    } else if (!isOpen) {
      throw new HttpError(
        403,
        "This app does not permit you to use the console.",
      );
    }
    if (ACCOUNTS.test(pathname)) throw new HttpError(404);
    return ctx.next();
  }
  const proof = sessionProof(req.headers, state.cookies);
  const isToken = proof !== null && !proof.isCookie;
  const { remote } = state.visitor;
  // A token counts by itself; a cookie may be from an earlier login than the proxy's.
  const isRemote = remote !== undefined && !isToken;
  if (!isRemote && proof === null) return ctx.next();
  if (isToken) state.visitor.username = null;
  const finding = isRemote
    ? remoteUser(state.services, state.visitor, remote, req.headers)
    : resolveProof(accounts, proof!);
  const signingIn = finding.then((found) => {
    state.storeDown = false;
    if (found === null) return;
    state.user = found.user;
    state.signedIn = found;
    state.visitor.username = found.user.username;
  }).catch((error) => {
    if (error instanceof StoreDownError) state.storeDown = true;
    else if (isRemote && error instanceof Refusal) state.refused = error;
    else throw error;
  });
  if (!isSafeMethod(req.method)) {
    await signingIn;
    return ctx.next();
  }
  try {
    await deadline(signingIn, PAGE_PATIENCE_MS);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    state.storeDown = true;
    state.signingIn = signingIn;
    // Handlers that need a session await it; for others a rejection is ignored.
    signingIn.catch(() => {});
  }
  return ctx.next();
});

/** The account that a trusted proxy names for a request. */
async function remoteUser(
  { accounts, config, now }: Services,
  { ip }: Visitor,
  { name, roles }: RemoteUser,
  headers: Headers,
): Promise<SignedIn> {
  if (name === null) {
    throw new Refusal(
      "forbidden",
      `The proxy in front of this site names you in ${config.remoteUserHeader} by something that is no user name, or more than once.`,
    );
  }
  const user = await outsideUser(accounts, {
    source: "proxy",
    name,
    role: roles === null ? null : roleOf(roles, config.adminRoles),
    from: ip,
  });
  if (accounts.proxyLogins.isLogin(user.id, ip, now())) {
    accounts.activity.report({
      username: user.username,
      ip_address: ip,
      user_agent: headers.get("user-agent"),
      outcome: "success",
    });
  }
  return signedInByProxy(user, ip, now());
}
