import type { RequestRecord } from "../log/request_record.ts";

/** What a format has read from a line that has a request in it. */
export interface LogEntry {
  /** Milliseconds since the epoch; null where the line has no time that can be read. */
  time: number | null;
  /** Who connected, as it stands in the line; null where the line does not say. */
  peer: string | null;
  /** What a forwarding header (X-Forwarded-For) said; null where the line does not hold it. */
  forwarded: string | null;
  /** Null where the request was no HTTP, such as a TLS handshake on a plain port. */
  method: string | null;
  /** The target as it was sent, with its query: a path, or an absolute URL. */
  target: string;
  status: number;
  /** Null where the line does not say. */
  durationMs: number | null;
  /** Null where not said or empty; escapes of the format undone. */
  userAgent: string | null;
  referrer: string | null;
  username: string | null;
  host: string | null;
  /** The record itself, where Portcullis wrote the line. */
  own?: RequestRecord;
}

/** RFC 9110 §5.6.2. */
const METHOD = /^[!#$%&'*+.^_`|~\w-]{1,16}$/;
const PROTOCOL = / HTTP\/\d(?:\.\d)?$/;
/** Hypercorn leaves the name away. */
const VERSION = / (?:1\.[01]|[23])$/;

/** Method and target of a request line; one that is no HTTP has neither. */
export function splitRequest(
  raw: string,
): { method: string | null; target: string } {
  // The commonest ending first: the pattern costs more than the rest of the line.
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

/** Whether a word can be a request's method. */
export function isMethod(text: string): boolean {
  return METHODS.has(text) || METHOD.test(text);
}

/** The text, or null for what stands for nothing: `-` and the empty text. */
export function present(text: string | null | undefined): string | null {
  return text === undefined || text === null || text === "" || text === "-"
    ? null
    : text;
}
