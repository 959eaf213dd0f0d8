import type { FieldReader } from "./request_view.ts";

/** Which cookies a response sets, and which of the request's cookies are ours. */
export interface CookieScope {
  /** Whether the browser reaches us over https, so that cookies can be `Secure`. */
  secure: boolean;
  /**
   * Tells our cookies from those of another instance on the same host, as browsers keep one cookie
   * jar for all ports of a host; empty at the default port of https or http.
   */
  tag: string;
  /** The path of the cookies, if the rest of the host belongs to others. @default the whole host */
  path?: string;
}

/** How a site is reached, as far as its cookies depend on it. */
export interface CookieSettings {
  publicOrigin: string | null;
  /** All origins of `PUBLIC_ORIGIN`, the first one included. */
  publicOrigins?: readonly string[];
  /** The console's path inside another app. Other pages of that app do not get our cookies. */
  cookiePath?: string;
}

/**
 * The scope of a request: by the origin of `PUBLIC_ORIGIN` that it came to; without
 * `PUBLIC_ORIGIN`, by the host and port that the browser requested. Never by the port that we
 * listen on, which differs between replicas: if a trusted proxy does not send the browser's host,
 * there is no tag.
 */
export function cookieScope(
  { publicOrigin, publicOrigins = [], cookiePath }: CookieSettings,
  { url, headers }: { url: string; headers: FieldReader },
  isProxied: boolean,
): CookieScope {
  const host = hostOf(headers, isProxied);
  const origin = originOf({ publicOrigin, publicOrigins }, host);
  const scope = origin === null
    ? ofRequest(url, host)
    : ofOrigin(new URL(origin));
  if (!cookiePath) return scope;
  // The path also tells several consoles on one host apart.
  const tag = scope.tag + cookiePath.replaceAll("/", "-");
  return { ...scope, tag, path: cookiePath };
}

/** The host that the browser requested, if known. */
export function hostOf(
  headers: FieldReader,
  isProxied: boolean,
): string | null {
  return isProxied
    ? headers.get("x-forwarded-host")?.split(",", 1)[0]?.trim() ?? null
    : headers.get("host");
}

/** The origin of `PUBLIC_ORIGIN` with this host, else the first: never one that is not in it. */
export function originOf(
  { publicOrigin, publicOrigins = [] }: CookieSettings,
  host: string | null,
): string | null {
  return publicOrigins.find((each) => new URL(each).host === host) ??
    publicOrigin;
}

function ofOrigin({ protocol, port }: URL): CookieScope {
  return { secure: protocol === "https:", tag: port };
}

function ofRequest(url: string, host: string | null): CookieScope {
  const secure = url.startsWith("https:");
  return { secure, tag: portOf(host, secure) };
}

function portOf(host: string | null, secure: boolean): string {
  const port = /:(\d{1,5})$/.exec(host ?? "")?.[1] ?? "";
  return port === (secure ? "443" : "80") ? "" : port;
}
