import { isLineEnd, namesField, splitsHeader } from "./header_split.ts";
import { isKnownMethod } from "./methods.ts";
import { byteAt, digit } from "./percent.ts";
import { BIT } from "./signal.ts";

const { protocol, proxy } = BIT;

/** The signals of a method. */
export function ofMethod(method: string): number {
  if (method === "GET" || method === "POST" || method === "HEAD") return 0;
  if (method === "CONNECT") return proxy;
  return isKnownMethod(method) ? 0 : protocol;
}

/**
 * The signals of a target's form, apart from payloads.
 *
 * @param isOurs Whether a host is one of this server's; null if unknown.
 */
export function ofTarget(
  target: string,
  host: string | undefined,
  isOurs?: (host: string) => boolean | null,
): number {
  const first = target.charCodeAt(0);
  if (first === 0x2f) return 0;
  if (target === "*" || target === "") return 0;
  const authority = ABSOLUTE.exec(target);
  // Only CONNECT has an authority without a scheme
  if (authority === null) return protocol;
  const name = authority[1]!.toLowerCase();
  const known = isOurs?.(name) ?? null;
  if (known !== null) return known ? 0 : proxy;
  return host !== undefined && sameHost(name, host.toLowerCase()) ? 0 : proxy;
}

const ABSOLUTE = /^(?:https?|wss?|ftp):\/\/([^/?#]*)/i;

function sameHost(a: string, b: string): boolean {
  return a === b || a === `${b}:80` || a === `${b}:443` || b === `${a}:80` ||
    b === `${a}:443`;
}

/** The fewest characters encoded twice that need no encoding at all. */
const TWICE = 4;

/**
 * The signals of a path's or query's encoding: control characters, invalid bytes, letters encoded
 * twice, and line ends where a header field could follow.
 */
export function ofEncoding(text: string): number {
  let twice = 0;
  const next = { at: -1 };
  for (
    let at = text.indexOf("%");
    at >= 0;
    // Where one follows the other, neither of those between has two digits.
    at = text.charCodeAt(at + 3) === 0x25 ? at + 3 : text.indexOf("%", at + 1)
  ) {
    const byte = byteAt(text, at);
    if (byte < 0) continue;
    if (byte < 0x20 && byte !== 0x09) {
      if (!isLineEnd(byte)) return protocol;
      if (splitsHeader(text, at, byte, next)) return protocol;
    } else if (byte === 0x25) {
      const inner = innerByte(text, at + 3);
      if (isAlphanumeric(inner) && ++twice >= TWICE) return protocol;
      if (isLineEnd(inner) && namesField(text, at + 5)) return protocol;
    } else if (byte >= 0xc0) {
      const second = text[at + 3] === "%" ? byteAt(text, at + 3) : -1;
      // Overlong sequences and code points above Unicode; no Latin-1 text has them before such a
      // byte
      if (byte <= 0xc1 || byte >= 0xf5) {
        if (second < 0 ? at + 3 >= text.length : (second & 0xc0) === 0x80) {
          return protocol;
        }
      } else if (byte >= 0xe0 && second >= 0x80 && second < 0xc0) {
        const third = text[at + 6] === "%" ? byteAt(text, at + 6) : -1;
        if (third < 0x80 || third > 0xbf) return protocol;
        if (byte === 0xe0 && second < 0xa0) return protocol;
        if (byte === 0xf0 && second < 0x90) return protocol;
      }
    }
  }
  return 0;
}

/** A request inside a value: `GET / HTTP/1.1`. */
export function holdsRequest(folded: string): boolean {
  const at = folded.indexOf(" http/");
  return at >= 0 &&
    /(?:^|[^a-z])(?:get|post|head|options|connect|put|delete|trace|track|patch|propfind|propatch|mkcol|copy|move|lock|unlock)\s{1,3}[^\s]{1,200}\s{1,3}http\/\d/
      .test(folded);
}

const RANGES = 5;
const RANGES_OF_DOCUMENTS = 62;

/** The signals of fields whose values are contradictory, or that no client sends. */
export function ofField(name: string, value: string, target: string): number {
  switch (name) {
    case "range":
    case "request-range":
      return ofRange(value, target);
    case "content-type": {
      if (/;\s*[^=;\s"]+\s*(?:;|$)|=\s/.test(value)) return protocol;
      const charsets = value.toLowerCase().split("charset=").length - 1;
      return charsets > 1 || /utf-?7|cp1026|utf-?16|ibm\d{3}/i.test(value)
        ? protocol
        : 0;
    }
    case "accept":
      return /charset\s*=\s*"?(?:utf-?7|utf-?16|cp\d{3,4}|ibm\d{3})/i
          .test(value)
        ? protocol
        : 0;
    case "accept-encoding":
      return value.length > 100 && !/^[\w\s*,;=.-]*$/.test(value)
        ? protocol
        : 0;
    case "transfer-encoding":
      return /^\s*(?:chunked|gzip|deflate|compress|identity|trailers|[\s,])*$/i
          .test(value)
        ? 0
        : protocol;
    case "content-length":
      return /^\d+$/.test(value.trim()) ? 0 : protocol;
  }
  return 0;
}

function ofRange(value: string, target: string): number {
  if (!/^\s*\w+\s*=/.test(value)) return protocol;
  const ranges = value.split(",");
  const most = /\.pdf(?:$|\?)|%2epdf/i.test(target)
    ? RANGES_OF_DOCUMENTS
    : RANGES;
  return ranges.length > most ? protocol : 0;
}

/** The byte of a doubly encoded character, whose digits may be encoded, too. */
function innerByte(text: string, at: number): number {
  let value = 0;
  for (let i = 0; i < 2; i++) {
    let code = text.charCodeAt(at);
    let length = 1;
    if (code === 0x25) {
      code = byteAt(text, at);
      length = 3;
    }
    const one = digit(code);
    if (one < 0) return -1;
    value = value << 4 | one;
    at += length;
  }
  return value;
}

function isAlphanumeric(code: number): boolean {
  return code >= 0x30 && code <= 0x39 ||
    (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}
