import type { RequestRecord } from "../log/request_record.ts";

/** A request as a format reads it from a line. */
export interface LogEntry {
  /** Milliseconds since the epoch; null if the line has no readable time. */
  time: number | null;
  /** Address of the connection as the line gives it; null if it does not. */
  peer: string | null;
  /** Value of a forwarding header (X-Forwarded-For); null if the line does not have it. */
  forwarded: string | null;
  /** Null if the request was not HTTP, such as a TLS handshake on a plain port. */
  method: string | null;
  /** The target as it was sent, with its query: a path, or an absolute URL. */
  target: string;
  status: number;
  /** Null if the line does not give it. */
  durationMs: number | null;
  /** Null if missing or empty; the format's escapes are decoded. */
  userAgent: string | null;
  referrer: string | null;
  username: string | null;
  host: string | null;
  /** The record itself, if Portcullis wrote the line. */
  own?: RequestRecord;
}

/** RFC 9110 §5.6.2. */
const METHOD = /^[!#$%&'*+.^_`|~\w-]{1,16}$/;
const PROTOCOL = / HTTP\/\d(?:\.\d)?$/;
/** Hypercorn omits the protocol's name. */
const VERSION = / (?:1\.[01]|[23])$/;

/** Method and target of a request line; one that is not HTTP has neither. */
export function splitRequest(
  raw: string,
): { method: string | null; target: string } {
  // The most common ending first: the pattern costs more than the rest of the line.
  const bare = raw.endsWith(" HTTP/1.1") ? raw.length - 9 : cutProtocol(raw);
  const space = raw.indexOf(" ");
  if (space > 0 && space < bare - 1) {
    const method = raw.slice(0, space);
    if (METHODS.has(method) || METHOD.test(method)) {
      return { method, target: raw.slice(space + 1, bare) };
    }
  }
  return { method: null, target: "-" };
}

const METHODS = new Set(["GET", "POST", "HEAD"]);

function cutProtocol(raw: string): number {
  const end = raw.slice(-9);
  const tail = PROTOCOL.exec(end) ?? VERSION.exec(end);
  return tail === null ? raw.length : raw.length - tail[0].length;
}

/** Whether a word is a valid request method. */
export function isMethod(text: string): boolean {
  return METHODS.has(text) || METHOD.test(text);
}

/** The text, or null for a placeholder: `-` and the empty text. */
export function present(text: string | null | undefined): string | null {
  return text === undefined || text === null || text === "" || text === "-"
    ? null
    : text;
}
