import { deviceCookie, sessionCookie } from "./cookies.ts";
import type { CookieScope } from "../http/cookie_scope.ts";
import type { RequestView } from "../http/request_view.ts";
import type { Who } from "../policy/policy.ts";
import { StoreDownError } from "../store/errors.ts";
import { readBearerToken } from "./bearer_token.ts";
import { findDevice } from "./devices.ts";
import type { AccountStore } from "./users.ts";
import { resolveSession } from "./sessions.ts";

/**
 * Who is signed in, and whether by a browser that a user has logged in from before. The store is
 * not read for requests without either, and while it does not answer, everybody counts as a
 * stranger.
 */
export async function whoIs(
  store: AccountStore,
  { headers }: Pick<RequestView, "headers">,
  secure: CookieScope,
): Promise<Who | null> {
  const session = readBearerToken(headers) ??
    sessionCookie.read(headers, secure);
  const device = deviceCookie.read(headers, secure);
  if (session === null && device === null) return null;
  try {
    const [found, known] = await Promise.all([
      session === null ? null : resolveSession(store, session),
      device === null ? null : findDevice(store, device),
    ]);
    return {
      username: found?.user.username ?? null,
      isKnownDevice: known !== null,
    };
  } catch (error) {
    if (error instanceof StoreDownError) return null;
    throw error;
  }
}
