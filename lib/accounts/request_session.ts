import { sessionCookie } from "./cookies.ts";
import type { CookieScope } from "../http/cookie_scope.ts";
import { readBearerToken } from "./bearer_token.ts";
import { resolveSession, type SignedIn } from "./sessions.ts";
import type { AccountStore } from "./users.ts";

/** The credentials of a request: a bearer token before a cookie. */
export interface SessionProof {
  secret: string;
  isCookie: boolean;
}

/** The proof in a request's header fields, or null. */
export function sessionProof(
  headers: Headers,
  cookies: CookieScope,
): SessionProof | null {
  const token = readBearerToken(headers);
  const secret = token ?? sessionCookie.read(headers, cookies);
  return secret === null ? null : { secret, isCookie: token === null };
}

/**
 * The session of a request's credentials, or null. A script's token is not accepted in a cookie: it
 * does not end by idling, and a browser would send it along with every form.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function resolveProof(
  store: AccountStore,
  { secret, isCookie }: SessionProof,
): Promise<SignedIn | null> {
  const found = await resolveSession(store, secret);
  return isCookie && found?.session.kind !== "browser" ? null : found;
}
