/**
 * The cookies of accounts. Each is a secret, and only this host's server reads it.
 *
 * @module
 */
import type { CookieScope } from "../http/cookie_scope.ts";
import { hostCookie } from "../http/host_cookie.ts";
import { DEVICE_LIFETIME_MS } from "./devices.ts";
import { PENDING_LOGIN_MS } from "./pending_login.ts";
import { PROVIDER_LOGIN_MS } from "./provider_login.ts";
import { SESSION_LIFETIMES } from "./sessions.ts";

/** `__Host-portcullis`: the session. */
export const sessionCookie = hostCookie(
  "portcullis",
  SESSION_LIFETIMES.browser.absolute,
);

/** `__Host-portcullis-device`: the browser as a known device. It outlives logouts. */
export const deviceCookie = hostCookie("portcullis-device", DEVICE_LIFETIME_MS);

/** `__Host-portcullis-pending`: a login that waits for its second factor. */
export const pendingCookie = hostCookie("portcullis-pending", PENDING_LOGIN_MS);

/** `__Host-portcullis-provider`: a browser with a pending login at the identity provider. */
export const providerCookie = hostCookie(
  "portcullis-provider",
  PROVIDER_LOGIN_MS,
);

/** Adds the cookies of a login to a response: the session's, and the known device's. */
export function setLoginCookies(
  headers: Headers,
  { secret, device }: { secret: string; device: string | null },
  scope: CookieScope,
): void {
  sessionCookie.set(headers, secret, scope);
  if (device !== null) deviceCookie.set(headers, device, scope);
}
