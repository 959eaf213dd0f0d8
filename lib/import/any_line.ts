import { durationMs, wordedDuration } from "./duration.ts";
import { type LogEntry, present } from "./entry.ts";
import { unescapeField, unescapeTarget } from "./escapes.ts";
import { findTime } from "./find_time.ts";
import { addressIn } from "./log_client.ts";
import { readStatus } from "./roles.ts";

/** The only methods that framework loggers write. */
const METHOD = String
  .raw`(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PROPFIND|PROPPATCH|MKCOL|MOVE|COPY|LOCK|UNLOCK|REPORT|SEARCH|PURGE)`;
/** Separated by a space, or by the separator of all fields. */
const REQUEST = new RegExp(
  String
    .raw`(?:^|[\s|,;:"'[(])(${METHOD})(?: +|\t|" +"?| *([|,;]) *)"?(?=\/|[a-z]{2,8}:\/\/|\*[\s"|,;]|\*$)`,
);
/** After the target: the rest of the protocol, then the status. */
const STATUS_NEXT =
  /^["'\]]?[\s|,;]*(?:\(\d+(?:\.\d+)? ?m?s\)\s*)?(?:HTTP\/\d(?:\.\d)?["'\]]?[\s|,;]*)?[-:"'[]?[\s]*(?:(?:=>|->|→|returned|responded|status(?:[ _]?code)?)[\s:="]*)?(\d{3})(?![\w.])/i;
const STATUS_LATER =
  /(?:\bstatus(?:[ _]?code)?|\breturned|\bresponded|\bcompleted|\bsent|=>|->)[\s:="]{1,3}(\d{3})(?![\w.])/i;
/** Proxies write the status after the cache result. */
const CACHED = /(?:^|\s)[A-Z_]{3,32}\/(\d{3})(?=\s)/;
const DURATION =
  /(?:^|[\s|,;(:=])(\d+(?:\.\d+)?(?:h|m|m\d+(?:\.\d+)?s| ?ms| ?µs| ?μs| ?us| ?ns| ?s))(?=[\s|,;)\]]|$)/;
/** Separators of the words that may be an address, with or without a port. */
const WORDS = /[\s|,;()"'<>{}=]+/;
/** A logger's level: then the request in quotes is its message, not a server's line. */
const LEVEL = /\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|LOG)\b(?!:)/;
/** Codes that are registered, or that servers are known to write. */
const USUAL =
  /^(?:10[0-3]|20[0-8]|226|30[0-8]|4[0-2]\d|43[01]|44[49]|451|46[03]|49[4-9]|50\d|51[01]|52\d|530)$/;
const MOST_CELLS = 64;
/** Addresses, each but the last followed by a comma. */
const LIST =
  /(?<![^\s|;(["])[\da-f.:]{3,45}(?:, ?[\da-f.:]{3,45})+(?![^\s|;)\]"])/i;
/** The address must be among this many words after the target. */
const NEAR = 4;

/**
 * Reads a line of words with any separator: a time, an address, method and target, a status, in any
 * order, as framework loggers write them. Null if there is no method with a target and a matching
 * status; a request in quotes with its protocol belongs to another family (clf.ts).
 *
 * An address is only taken from before the method, or from directly after the target: a visitor
 * cannot write anything there.
 */
export function readAnyLine(line: string): LogEntry | null {
  const match = REQUEST.exec(line);
  if (match === null) return null;
  const [found, method = "", separator = ""] = match;
  const before = line.slice(0, match.index + (/^\w/.test(found) ? 0 : 1));
  const from = match.index + found.length;
  const end = endOf(line, from, separator, found.includes('"'));
  if (end < 0) return null;
  const target = line.slice(from, end);
  const behind = line.slice(end);
  const isQuoted = found.includes('"') && /^ HTTP\/\d/.test(behind);
  if (isQuoted && !LEVEL.test(before)) return null;
  // Behind it, a visitor's own words may stand in quotes, of which some loggers escape none.
  const own = behind.slice(0, quoteIn(behind));
  const status = statusOf(before, own);
  if (status === 0) return null;
  return {
    time: findTime(before) ?? findTime(/[^"]{0,40}$/.exec(behind)![0]),
    ...addressesOf(before, own),
    method,
    target: unescapeTarget(target),
    status,
    durationMs: durationIn(behind) ?? durationIn(before) ??
      secondsIn(before, behind),
    ...cellsOf(behind) ?? quotesOf(behind),
    username: null,
    host: null,
  };
}

/** End of the target; negative if a quote is not closed. */
function endOf(
  line: string,
  from: number,
  separator: string,
  isQuoted: boolean,
): number {
  for (let at = from; at < line.length; at++) {
    const char = line[at]!;
    if (char === '"' && line[at - 1] !== "\\") return at;
    if (isQuoted) {
      if (char === " " && line.startsWith(" HTTP/", at)) return at;
    } else if (char === separator || char === " " || char === "\t") return at;
  }
  return isQuoted ? -1 : line.length;
}

function statusOf(before: string, behind: string): number {
  const next = STATUS_NEXT.exec(behind) ?? STATUS_LATER.exec(behind);
  if (next !== null) return readStatus(next[1]!);
  const cached = CACHED.exec(before);
  if (cached !== null) return readStatus(cached[1]!);
  // `| 200 |`, `200 GET`: the nearest number that stands alone; a number in brackets is a process
  // id.
  const words = before.split(/[\s|,;]+/).map(readStatus).reverse();
  // A size or a port may have three digits, too.
  return words.find((word) => USUAL.test(String(word))) ??
    words.find((word) => word > 0) ?? 0;
}

/** Bare seconds, as nginx writes them, in a line with the request's protocol. */
function secondsIn(before: string, behind: string): number | null {
  if (!/^["'\s|]*HTTP\/\d/.test(behind)) return null;
  const text = `${before} ${behind.replace(/"[^"]*"/g, "")}`;
  // An upstream's part is never longer than the whole.
  const all = text.match(/(?<=^|[\s|])\d{1,6}\.\d{3,6}(?=[\s|]|$)/g)?.map(
    Number,
  );
  return all ? durationMs(Math.max(...all), "s") : null;
}

/** User agent and referrer of a line whose fields are separated by bars or tabs. */
function cellsOf(
  behind: string,
): { userAgent: string | null; referrer: string | null } | null {
  const separator = /[|\t]/.exec(behind)?.[0];
  if (separator === undefined || behind.includes('"')) return null;
  const cells = behind.split(separator, MOST_CELLS).map((cell) => cell.trim());
  const at = cells.findIndex((cell) =>
    /^[A-Za-z][^/]*\/\d/.test(cell) && !/^HTTP\/\d(?:\.\d)?$/.test(cell)
  );
  if (at < 0) return null;
  const beside = [cells[at - 1], cells[at + 1]];
  const referrer = beside.find((cell) => /^[a-z]+:\/\//i.test(cell ?? ""));
  return { userAgent: cells[at]!, referrer: referrer ?? null };
}

/** Where a quoted field begins; the quote that closes the request is none. */
function quoteIn(behind: string): number {
  const closed = /^(?: HTTP\/\d(?:\.\d)?)?["']/.exec(behind)?.[0].length ?? 0;
  const at = behind.indexOf('"', closed);
  return at < 0 ? behind.length : at;
}

/** Hops in front, separated by commas, are those of the forwarding header. */
function addressesOf(
  before: string,
  behind: string,
): { peer: string | null; forwarded: string | null } {
  const list = LIST.exec(before)?.[0];
  if (
    list === undefined || list.split(",").some((hop) => !asAddress(hop.trim()))
  ) {
    return { peer: addressOf(before, behind), forwarded: null };
  }
  return {
    peer: addressOf(before.replace(list, ""), behind),
    forwarded: list,
  };
}

function addressOf(before: string, behind: string): string | null {
  for (const word of before.split(WORDS)) {
    const address = asAddress(word);
    if (address !== null) return address;
  }
  const near = behind.replace(/^["'\s]*HTTP\/\d(?:\.\d)?/, "").split(WORDS);
  for (const word of near.filter(Boolean).slice(0, NEAR)) {
    const address = asAddress(word);
    if (address !== null) return address;
  }
  return null;
}

/** `192.0.2.10`, `[192.0.2.10]:41822`, `ip:192.0.2.10`, `[info][192.0.2.10:41822]:` */
function asAddress(word: string): string | null {
  if (!/\d|::/.test(word) || word.length > 120) return null;
  for (const part of [word, ...word.split(/[[\]@]+|^[a-z_]{2,16}:/i)]) {
    const bare = part.replace(/[:.]$/, "");
    if (!/[.:].*[.:]/.test(bare)) continue;
    const address = addressIn(bare);
    if (address !== null) return address;
  }
  return null;
}

function durationIn(text: string): number | null {
  const match = DURATION.exec(text.replace(/"[^"]*"/g, ""));
  return match && wordedDuration(match[1]!);
}

/** A field in quotes is the user agent; of two, the first is the referrer. */
function quotesOf(
  behind: string,
): { userAgent: string | null; referrer: string | null } {
  const quotes = behind.slice(1).match(/(?<=[\s|,;])"(?:[^"\\]|\\.)*"/g) ?? [];
  const texts = quotes.slice(0, 2).map((text) =>
    present(unescapeField(text.slice(1, -1)))
  );
  const [first = null, second] = texts;
  if (second !== undefined) return { referrer: first, userAgent: second };
  const isUrl = first !== null && /^(?:[a-z]+:\/\/|\/)/i.test(first);
  return isUrl
    ? { referrer: first, userAgent: null }
    : { referrer: null, userAgent: first };
}
