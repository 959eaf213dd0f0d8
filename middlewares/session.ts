import { readBearerToken } from "../lib/accounts/bearer_token.ts";
import { readSessionCookie } from "../lib/accounts/session_cookie.ts";
import { resolveSession } from "../lib/accounts/sessions.ts";
import { StoreDownError } from "../lib/store/errors.ts";
import { define } from "../utils.ts";

/**
 * Finds out who is signed in: by bearer token, or by session cookie. Without either it asks the
 * store nothing. Where the store does not answer, public pages go on as for a stranger.
 */
export const session = define.middleware(async function session(ctx) {
  const { state, req } = ctx;
  const { accounts, config } = state.services;
  state.isSecure = config.publicOrigin?.startsWith("https:") ??
    ctx.url.protocol === "https:";
  state.user = null;
  state.signedIn = null;
  state.storeDown = false;
  const secret = readBearerToken(req.headers) ??
    readSessionCookie(req.headers, state.isSecure);
  if (secret === null) return ctx.next();
  try {
    const found = await resolveSession(accounts, secret);
    if (found) {
      state.user = found.user;
      state.signedIn = found;
      state.visitor.username = found.user.username;
    }
  } catch (error) {
    if (!(error instanceof StoreDownError)) throw error;
    state.storeDown = true;
  }
  return ctx.next();
});
