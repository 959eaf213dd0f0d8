import { deleteCookie, setCookie } from "@std/http/cookie";
import { requestCookie } from "./request_cookie.ts";

/** A cookie that only this host's server reads and writes. */
export interface HostCookie {
  /** Its name, by whether the visitor reaches us over https. */
  name(secure: boolean): string;
  /** The value in a request, or null. Over https the plain name is not looked at. */
  read(headers: Pick<Headers, "get">, secure: boolean): string | null;
  /** Adds the cookie to a response. */
  set(headers: Headers, value: string, secure: boolean): void;
  /** Adds the field that takes the cookie from the browser. */
  clear(headers: Headers, secure: boolean): void;
}

/**
 * A cookie for secrets: not readable by scripts, not sent along by other sites' forms.
 *
 * With `__Host-` a browser accepts it over https only, for this host only, so that neither a
 * neighbouring subdomain nor plain http can plant one. Browsers refuse that name over plain http;
 * there, and only there, the cookie has the plain name and is not `Secure`.
 *
 * @param lifetimeMs How long a browser keeps it, in milliseconds.
 */
export function hostCookie(plainName: string, lifetimeMs: number): HostCookie {
  const name = (secure: boolean) => secure ? `__Host-${plainName}` : plainName;
  return {
    name,
    read: (headers, secure) => requestCookie(headers, name(secure)) || null,
    set(headers, value, secure) {
      setCookie(headers, {
        name: name(secure),
        value,
        maxAge: lifetimeMs / 1_000,
        path: "/",
        httpOnly: true,
        secure,
        sameSite: "Lax",
      });
    },
    clear(headers, secure) {
      deleteCookie(headers, name(secure), {
        path: "/",
        httpOnly: true,
        secure,
      });
    },
  };
}
