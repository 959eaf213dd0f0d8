/**
 * The parts of a request that may be logged: no query, no credentials, limited in bytes.
 *
 * @module
 */
import { cutBytes } from "../base/text.ts";

/** The path of an absolute URL as it was sent, without query and fragment; not decoded. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return "/";
  for (let i = start; i < url.length; i++) {
    const code = url.charCodeAt(i);
    if (code === QUESTION_MARK || code === HASH) return url.slice(start, i);
  }
  return url.slice(start);
}

/** At most 255 bytes of a `Host` field, lower case. */
export function recordedHost(field: string | null): string | null {
  return field ? cutBytes(field.toLowerCase(), 255) : null;
}

const QUESTION_MARK = 63;
const HASH = 35;

/** At most 512 bytes of a path. */
export function recordedPath(path: string): string {
  return cutBytes(path, 512);
}

/** At most 256 bytes of a `User-Agent` field. */
export function recordedUserAgent(field: string | null): string | null {
  return field ? cutBytes(field, 256) : null;
}

/** At most 16 bytes of a method. */
export function recordedMethod(method: string): string {
  return cutBytes(method, 16);
}

/** Origin and path of a `Referer` field, at most 256 bytes: no query, no fragment, no userinfo. */
export function recordedReferrer(field: string | null): string | null {
  if (!field) return null;
  const query = field.search(/[?#]/);
  const bare = query < 0 ? field : field.slice(0, query);
  return cutBytes(bare.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/]*@/i, "$1"), 256);
}
