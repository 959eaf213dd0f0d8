import type { FieldReader } from "./request_view.ts";

/** Which cookies a request's answer sets, and which of the request's are ours. */
export interface CookieScope {
  /** Whether the browser reaches us over https, so that cookies can be `Secure`. */
  secure: boolean;
  /**
   * What tells our cookies from those of another instance on the same host, as browsers keep one jar
   * for all ports of a host; empty at the port that https or http has by default.
   */
  tag: string;
  /** The path that they are for, where others have the rest of the host. @default the whole host */
  path?: string;
}

/** How a site is reached, as far as its cookies depend on it. */
export interface CookieSettings {
  publicOrigin: string | null;
  /** `PUBLIC_ORIGIN`: all that it names, the first one included. */
  publicOrigins?: readonly string[];
  /** Of pages inside another app: the path that is theirs. Its other pages do not get our cookies. */
  cookiePath?: string;
}

/**
 * The scope of a request: by the origin of `PUBLIC_ORIGIN` that it came to, and without one by the
 * host and port that the browser asked for. Never by the port that we listen on, which differs
 * between replicas: where a trusted proxy says nothing of the browser's host, there is no tag.
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
  // Another console of this host is told apart by its path, too.
  const tag = scope.tag + cookiePath.replaceAll("/", "-");
  return { ...scope, tag, path: cookiePath };
}

/** The host that the browser asked for, as far as that is known. */
export function hostOf(
  headers: FieldReader,
  isProxied: boolean,
): string | null {
  return isProxied
    ? headers.get("x-forwarded-host")?.split(",", 1)[0]?.trim() ?? null
    : headers.get("host");
}

/** The origin of `PUBLIC_ORIGIN` that a host is of, else the first: never one that is not in it. */
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
