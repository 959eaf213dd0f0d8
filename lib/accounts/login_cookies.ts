import type { CookieScope } from "../http/cookie_scope.ts";
import { deviceCookie } from "./device_cookie.ts";
import { setSessionCookie } from "./session_cookie.ts";

/** Adds the cookies of a login to a response: the session's, and the known device's. */
export function setLoginCookies(
  headers: Headers,
  { secret, device }: { secret: string; device: string | null },
  secure: CookieScope,
): void {
  setSessionCookie(headers, secret, secure);
  if (device !== null) deviceCookie.set(headers, device, secure);
}
