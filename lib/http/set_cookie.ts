/** Where and for how long a browser keeps a cookie. */
export interface CookieAttributes {
  /** The path for which it is sent. */
  path: string;
  /** Whether it is sent over https only. */
  secure: boolean;
  /** 0 deletes it in the browser. */
  maxAgeMs: number;
}

/** A token and a `cookie-octet` of RFC 6265, 4.1.1; any other would end the field or begin another. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const PATH = /^\/[\x21-\x3a\x3c-\x7e]*$/;

/**
 * A `Set-Cookie` field's value: the cookie is for this host only, hidden from scripts, and not sent
 * along by other sites' forms.
 *
 * @throws {TypeError} if a part could end the field or begin another.
 */
export function cookieField(
  name: string,
  value: string,
  { path, secure, maxAgeMs }: CookieAttributes,
): string {
  if (!NAME.test(name) || !VALUE.test(value) || !PATH.test(path)) {
    throw new TypeError(
      `Cannot set a cookie: expected a token, cookie octets and a path, received ${
        JSON.stringify([name, path])
      }`,
    );
  }
  const seconds = Math.floor(maxAgeMs / 1_000);
  return [
    `${name}=${value}`,
    secure ? "; Secure" : "",
    "; HttpOnly; SameSite=Lax",
    `; Path=${path}; Max-Age=${seconds}`,
    // For browsers without support for Max-Age.
    seconds <= 0 ? "; Expires=Thu, 01 Jan 1970 00:00:00 GMT" : "",
  ].join("");
}
