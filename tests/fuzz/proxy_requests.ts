/** Requests for the proxy, and what an app behind it may receive. */
import type { Chance } from "./random.ts";

/** One request as sent, and as an app has to receive it. */
export interface Sent {
  id: string;
  /** One character per byte. */
  text: string;
  /**
   * Whether the proxy has to forward it; otherwise it may forward it unchanged in meaning, or
   * refuse it.
   */
  isGood: boolean;
  /** Whether the connection cannot be used after it. */
  isLast: boolean;
  method: string;
  target: string;
  /** Lower-case names and values of the fields that have to arrive. */
  fields: [string, string][];
  body: string;
}

const METHODS = [
  ...["GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "PATCH", "DELETE"],
  ...["OPTIONS", "PROPFIND", "MKCOL", "REPORT", "SEARCH"],
];
const TAILS = [
  ...["", "/", "//", "/a", "/..", "/.", ";x=1", "%2F", "%2e%2e", "%20", "%zz"],
  ...[
    "/[x]",
    "|",
    "^",
    "`",
    "{y}",
    "~",
    "@",
    ":",
    "=",
    "&",
    "+",
    ",",
    "'",
    '"',
  ],
];
const QUERIES = [
  "",
  "",
  "?",
  "?q=1",
  "?a\\b",
  "?//x",
  "?http://h/",
  "?%00",
  "??",
];
const NAMES = [
  ...["Accept", "X-a", "x-A", "Cookie", "Authorization", "X_b", "Range"],
  ...["If-Match", "Depth", "Destination", "Content-Type", "Origin", "X-Empty"],
];
const VALUES = [
  ...["1", "a, b", "*/*", "caf\xe9", "\xe6\x97\xa5", "a  b", '"q"', ""],
  ...["GET /smuggled HTTP/1.1", "chunked", "0", "a=b; c=d", "\ta\t"],
];
/** Hop-by-hop fields, or fields that a client may not set: no app may receive them. */
const DROPPED = [
  ...["Keep-Alive: timeout=9", "TE: trailers", "Proxy: http://evil", "Via: 9"],
  ...["Connection: X-Drop\r\nX-Drop: smuggled", "Proxy-Connection: keep-alive"],
  ...[
    "X-Forwarded-For: 6.6.6.6",
    "Forwarded: for=6.6.6.6",
    "X_Real_IP: 6.6.6.6",
  ],
  ...["Upgrade: h2c\r\nConnection: Upgrade", "Trailer: X-T"],
];
/** The bytes after it identify the request that the body belongs to. */
const SMUGGLED = "GET /smuggled-";
const BODIES = ["", "a", "hello", "0\r\n\r\n", SMUGGLED, "\r\n\r\n", "\0\xff"];

/** An unambiguous request. */
export function goodRequest(chance: Chance, id: string): Sent {
  const method = chance.pick(METHODS);
  let target = `/${id}`;
  for (let n = chance.int(3); n > 0; n--) target += chance.pick(TAILS);
  target += chance.pick(QUERIES);
  const lines: string[] = [];
  const fields: [string, string][] = [];
  for (let n = chance.int(6); n > 0; n--) {
    const name = chance.pick(NAMES);
    const value = chance.pick(VALUES);
    fields.push([name.toLowerCase(), value.trim()]);
    lines.push(`${name}:${chance.oneIn(4) ? "" : " "}${value}`);
  }
  for (let n = chance.int(3); n > 0; n--) lines.push(chance.pick(DROPPED));
  let body = chance.pick(BODIES);
  if (body === SMUGGLED) body += `${id} HTTP/1.1\r\nHost: h\r\n\r\n`;
  if (chance.oneIn(8)) body = chance.bytes(chance.int(5_000));
  let wire = "";
  const framing = chance.int(3);
  if (framing === 0) body = "";
  else if (framing === 1) {
    lines.push(
      `${chance.pick(["Content-Length", "content-length"])}: ${body.length}`,
    );
    fields.push(["content-length", String(body.length)]);
    wire = body;
  } else {
    lines.push(`Transfer-Encoding: ${chance.pick(["chunked", "Chunked"])}`);
    wire = chunked(chance, body);
  }
  lines.splice(chance.int(lines.length + 1), 0, "Host: h.example");
  const text = `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
  return {
    id,
    text: text + wire,
    isGood: true,
    // After an offer of another protocol, the connection is closed.
    isLast: lines.some((line) => line.startsWith("Upgrade")),
    ...{ method, target, fields, body },
  };
}

function chunked(chance: Chance, body: string): string {
  let wire = "";
  for (let at = 0; at < body.length;) {
    const size = Math.min(body.length - at, 1 + chance.int(1_000));
    const extension = chance.oneIn(5) ? ";a=b" : "";
    wire += `${size.toString(16)}${extension}\r\n`;
    wire += `${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  const trailer = chance.oneIn(6) ? "X-Trailer: 1\r\n" : "";
  return `${wire}0\r\n${trailer}\r\n`;
}

/** Changes that make a request ambiguous. */
const SPOILERS: ((chance: Chance, text: string) => string)[] = [
  (_, text) => text.replace("\r\n", "\r\nContent-Length: 5\r\n"),
  (_, text) => text.replace("\r\n", "\r\nContent-Length: 3, 3\r\n"),
  (_, text) => text.replace("\r\n", "\r\nTransfer-Encoding: chunked\r\n"),
  (_, text) => text.replace("\r\n", "\r\nTransfer-Encoding: x, chunked\r\n"),
  (_, text) => text.replace("\r\n", "\r\nTransfer-Encoding:\x0bchunked\r\n"),
  (_, text) => text.replace(/^Host: .*\r\n/m, ""),
  (_, text) => text.replace("\r\n", "\r\nHost: other\r\n"),
  (_, text) => text.replace("Host: h.example", "Host: h\\x#"),
  (_, text) => text.replace(" HTTP/1.1", "#x HTTP/1.1"),
  (_, text) => text.replace(" /", " \\"),
  (_, text) => text.replace(" /", " http://other/"),
  (_, text) => text.replace(" HTTP/1.1", " HTTP/2.0"),
  (_, text) => text.replace("\r\n", "\n"),
  (_, text) => text.replace("\r\n", "\r\nX: a\r\n b\r\n"),
  (_, text) => text.replace("\r\n", "\r\nX : a\r\n"),
  (_, text) => text.replace("\r\n", "\r\nX: a\0b\r\n"),
  (_, text) => text.replace(/^(Content-Length): /im, "$1: +"),
  (_, text) => text.replace(/^(Content-Length): /im, "$1: 0x"),
  (_, text) => text.replace(" HTTP/1.1", "\xc3\xa9 HTTP/1.1"),
  (chance, text) => {
    const at = chance.int(text.length);
    return text.slice(0, at) + chance.bytes(1 + chance.int(2)) + text.slice(at);
  },
  (chance, text) => {
    const at = chance.int(text.length);
    return text.slice(0, at) + text.slice(at + 1 + chance.int(3));
  },
];

/** A request that may be ambiguous. */
export function doubtfulRequest(chance: Chance, id: string): Sent {
  const good = goodRequest(chance, id);
  const spoiled = chance.pick(SPOILERS)(chance, good.text);
  // It is identified by its id.
  const text = spoiled.includes(id) ? spoiled : good.text;
  return {
    ...good,
    text,
    isGood: text === good.text,
    isLast: good.isLast || text !== good.text,
  };
}
