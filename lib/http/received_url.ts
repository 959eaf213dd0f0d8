/**
 * Checks `request.url` of a server. Deno builds it from the scheme, the host and the target as they
 * were sent, so that code that reads the text and code that parses it could see two paths.
 *
 * @module
 */
import { isWellFormedHost } from "./host.ts";

/**
 * Characters that some parsers read as the end of the path or as another character, or remove: no
 * correct client sends them unencoded.
 */
// deno-lint-ignore no-control-regex
const TWO_WAYS = /[#\x00-\x20\x7f-\uffff]|^[^?]*\\/;

/**
 * What is wrong with a request's URL or `Host`, as a sentence for the client; null if all parsers
 * read them alike. `host` is the field, if there is one.
 */
export function faultOf(url: string, host: string | null): string | null {
  return authorityFault(url, host) ?? targetFault(url.slice(authorityEnd(url)));
}

/** The same for the part before the target: the scheme and the hosts. */
export function authorityFault(
  url: string,
  host: string | null,
): string | null {
  const from = schemeEnd(url);
  if (from === 0) return "The target's scheme is neither http nor https.";
  // Deno replaces an empty one with its own address.
  if (host && !isWellFormedHost(host)) return "The Host field is malformed.";
  if (
    host && url.startsWith(host, from) &&
    url.charCodeAt(from + host.length) === SLASH
  ) return null;
  const authority = url.slice(from, authorityEnd(url));
  return authority === host || isWellFormedHost(authority)
    ? null
    : "The host is malformed.";
}

function schemeEnd(url: string): number {
  return url.startsWith("http://") ? 7 : url.startsWith("https://") ? 8 : 0;
}

function authorityEnd(url: string): number {
  const slash = url.indexOf("/", schemeEnd(url));
  return slash < 0 ? url.length : slash;
}

/** What is wrong with a path and query, as a sentence for the client, or null. */
export function targetFault(target: string): string | null {
  return TWO_WAYS.test(target)
    ? "The target contains characters that have to be percent-encoded."
    : null;
}

/** The hosts of a well-formed request: of its URL, and of its `Host`, which may differ. */
export function hostsOf(url: string, host: string | null): string[] {
  const from = url.indexOf("//") + 2;
  const slash = url.indexOf("/", from);
  const authority = url.slice(from, slash < 0 ? url.length : slash);
  return host === null || host === authority ? [authority] : [authority, host];
}

/**
 * The path as it was sent, without query; correct even if a malformed `Host` moves the path in
 * `request.url`.
 */
export function sentPath(url: string, host: string | null): string {
  return pathOfTarget(sentTarget(url, host));
}

/** Path and query as they were sent, with the same correction. */
export function sentTarget(url: string, host: string | null): string {
  const from = url.indexOf("://") + 3;
  if (host && url.startsWith(host, from)) {
    return url.slice(from + host.length) || "/";
  }
  const slash = url.indexOf("/", from);
  return slash < 0 ? "/" : url.slice(slash);
}

/** A target's path: neither query nor fragment is ever logged. */
export function pathOfTarget(target: string): string {
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code === QUESTION_MARK || code === HASH) {
      return i === 0 ? "/" : target.slice(0, i);
    }
  }
  return target;
}

const QUESTION_MARK = 63;
const HASH = 35;
const SLASH = 47;
