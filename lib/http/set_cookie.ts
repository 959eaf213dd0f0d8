/** A cookie that browsers take; its name and value are ours, never a visitor's. */
export interface OwnCookie {
  name: string;
  value: string;
  /** In seconds; 0 takes it away. */
  maxAge: number;
  path: string;
  secure: boolean;
}

/** What RFC 6265, section 4.1.1, lets a name and a value consist of. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const PATH = /^\/[\x20-\x3a\x3c-\x7e]*$/;

/**
 * The field that sets a cookie which no script reads and which other sites' forms do not send along.
 *
 * @throws {TypeError} where name, value or path could be taken for something else.
 */
export function setCookieField(
  { name, value, maxAge, path, secure }: OwnCookie,
): string {
  if (!NAME.test(name) || !VALUE.test(value) || !PATH.test(path)) {
    throw new TypeError(
      `Cannot set the cookie ${
        JSON.stringify(name)
      }: expected other characters`,
    );
  }
  const parts = [`${name}=${value}`];
  if (secure) parts.push("Secure");
  parts.push("HttpOnly", `Max-Age=${maxAge}`, "SameSite=Lax", `Path=${path}`);
  // For what does not know Max-Age.
  if (maxAge === 0) parts.push("Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  return parts.join("; ");
}
