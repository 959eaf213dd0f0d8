import { deleteCookie, getCookies, setCookie } from "@std/http/cookie";
import { SESSION_LIFETIMES } from "./sessions.ts";

/**
 * The session cookie's name. With `__Host-` a browser accepts it over https only, for this host
 * only, so that neither a neighbouring subdomain nor plain http can plant one. Browsers refuse that
 * name over plain http; there, and only there, the cookie is `portcullis` and not `Secure`.
 */
export function sessionCookieName(secure: boolean): string {
  return secure ? "__Host-portcullis" : "portcullis";
}

/** The secret in a request's cookie, or null. Over https the plain name is not looked at. */
export function readSessionCookie(
  headers: Headers,
  secure: boolean,
): string | null {
  return getCookies(headers)[sessionCookieName(secure)] || null;
}

/** Adds the cookie of a new session to a response. */
export function setSessionCookie(
  headers: Headers,
  secret: string,
  secure: boolean,
): void {
  setCookie(headers, {
    name: sessionCookieName(secure),
    value: secret,
    maxAge: SESSION_LIFETIMES.browser.absolute / 1_000,
    path: "/",
    httpOnly: true,
    secure,
    sameSite: "Lax",
  });
}

/** Adds the field that takes the cookie from the browser. */
export function clearSessionCookie(headers: Headers, secure: boolean): void {
  deleteCookie(headers, sessionCookieName(secure), {
    path: "/",
    httpOnly: true,
    secure,
  });
}
