/** A cookie as it is set in a response (RFC 6265). */
export interface Cookie {
  name: string;
  value: string;
  expires?: Date | number;
  maxAge?: number;
  domain?: string;
  path?: string;
  secure?: boolean;
  httpOnly?: boolean;
  partitioned?: boolean;
  sameSite?: "Strict" | "Lax" | "None";
  unparsed?: string[];
}

/** The cookies of a request, by name. */
export function getCookies(headers: Headers): Record<string, string>;

/** Appends a `Set-Cookie` field. */
export function setCookie(headers: Headers, cookie: Cookie): void;

/** Appends a `Set-Cookie` field that expires the cookie. */
export function deleteCookie(
  headers: Headers,
  name: string,
  attributes?: Pick<
    Cookie,
    "path" | "domain" | "secure" | "httpOnly" | "partitioned"
  >,
): void;
