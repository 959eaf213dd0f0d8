import { readBearerToken } from "../lib/accounts/bearer_token.ts";
import { readSessionCookie } from "../lib/accounts/session_cookie.ts";
import { resolveSession } from "../lib/accounts/sessions.ts";
import { isSafeMethod } from "../lib/guard/same_origin.ts";
import {
  reach,
  STORE_DEADLINE_MS,
  StoreDownError,
} from "../lib/store/errors.ts";
import { define } from "../utils.ts";

/** How long looking at a page waits for a store that hangs, in milliseconds. */
const PAGE_PATIENCE_MS = 250;

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
    const patience = isSafeMethod(req.method)
      ? PAGE_PATIENCE_MS
      : STORE_DEADLINE_MS;
    const found = await reach(
      () => resolveSession(accounts, secret),
      patience,
    );
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
