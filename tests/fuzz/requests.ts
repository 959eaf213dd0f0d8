/**
 * Generates requests that are invalid in many ways, most of them nearly valid, so that they pass
 * the parser and reach the app. Texts hold one byte per code unit (Latin-1).
 *
 * @module
 */
import type { Chance } from "./random.ts";

/** One case: the bytes to send. */
export interface FuzzRequest {
  wire: string;
  /** Whether the request is complete, so that a response is required. */
  isWhole: boolean;
  /** Whether the response has no body. */
  isHead: boolean;
}

/** Credentials of some requests, to reach pages that require a login. */
export interface FuzzIdentity {
  cookie: string;
  token: string;
}

const PATHS = [
  "/",
  "/login",
  "/signup",
  "/logout",
  "/profile",
  "/setup?token=x",
  "/admin",
  "/admin?range=24h",
  "/admin/requests?ip=::1&status=4xx",
  "/admin/blocked?search=x",
  "/admin/blocked?receipt=000000000000",
  "/admin/blocked/confirm?token=a.b",
  "/admin/suspicious?view=all",
  "/admin/users",
  "/admin/health",
  "/admin/ip/198.51.100.7",
  "/admin/ip/2001:db8::%2F48",
  "/api/login",
  "/api/signup",
  "/api/me",
  "/api/geo",
  "/api/requests?limit=2&cursor=x",
  "/api/blocked",
  "/api/blocked/192.0.2.1",
  "/api/suspicious?active=1",
  "/api/suspicious/x",
  "/api/stats?by=hour",
  "/api/nothing",
  "/healthz",
  "/metrics",
  "/styles.css",
  "/favicon.svg",
  "/_fresh/js/x/y.js",
  "/robots.txt",
] as const;

const METHODS = [
  "GET",
  "GET",
  "GET",
  "POST",
  "POST",
  "HEAD",
  "OPTIONS",
  "PUT",
  "PATCH",
  "DELETE",
] as const;

const ODD_METHODS = [
  "get",
  "FOO",
  "TRACE",
  "CONNECT",
  "PRI",
  "M-SEARCH",
  "PROPFIND",
  "__proto__",
  "constructor",
  "!#$%&'*+-.^_`|~",
  "G\0ET",
  "G ET",
  "\xc3\xa9",
  "X".repeat(5_000),
  "",
] as const;

/** Inputs that are difficult for parsers of paths, queries, forms and JSON. */
const PIECES = [
  "%",
  "%0",
  "%zz",
  "%00",
  "%ff",
  "%E0%A4%A",
  "%c0%af",
  "%2e%2e%2f",
  "%2F",
  "%5C",
  "%0d%0a",
  "..",
  "/../",
  "//",
  "/.//",
  "\\",
  "?",
  "#",
  "&",
  "&&=&",
  "=",
  ";",
  ":",
  "@",
  "[",
  "]",
  "{}",
  "'",
  '"',
  "<script>",
  "\u00ff",
  "\u00c3\u0028",
  "\u00ed\u00a0\u0080",
  "\u00f0\u009f\u0098\u0080",
  "\u001b[2J",
  "\u0000",
  "\t",
  " ",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "NaN",
  "-1",
  "1e999",
  "99999999999999999999",
  "0x10",
  "2026-99-99T99:99:99Z",
  "+275760-09-13T00:00:00.001Z",
  "a".repeat(300),
  "%41".repeat(700),
  "/".repeat(600),
  "a/".repeat(800),
] as const;

const QUERY_NAMES = [
  "next",
  "ip",
  "path",
  "status",
  "country",
  "since",
  "until",
  "by",
  "limit",
  "cursor",
  "range",
  "view",
  "search",
  "receipt",
  "token",
  "done",
  "active",
  "fresh-partial",
  "__frsh_c",
] as const;

const HEADER_NAMES = [
  "Accept",
  "Accept-Encoding",
  "Authorization",
  "Connection",
  "Content-Encoding",
  "Content-Type",
  "Cookie",
  "Expect",
  "Forwarded",
  "Host",
  "If-Modified-Since",
  "If-None-Match",
  "Origin",
  "Range",
  "Referer",
  "Sec-Fetch-Site",
  "Sec-WebSocket-Key",
  "Te",
  "Trailer",
  "Upgrade",
  "User-Agent",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Proto",
  "X-HTTP-Method-Override",
] as const;

const HEADER_VALUES = [
  "",
  "null",
  "*",
  "close",
  "keep-alive",
  "upgrade",
  "websocket",
  "100-continue",
  "gzip",
  "chunked",
  "same-origin",
  "cross-site",
  "http://localhost",
  "https://evil.example",
  "http://[",
  "://",
  "javascript:alert(1)",
  "bytes=0-",
  "bytes=9999999999-1",
  "Thu, 99 Foo 9999 99:99:99 GMT",
  'W/"',
  "application/json",
  "application/json; charset=\xff",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "Bearer",
  "Bearer ",
  "Bearer " + "A".repeat(43),
  "Basic %%%",
  "portcullis=",
  "portcullis=" + "A".repeat(43),
  "portcullis=a; portcullis=b; =; ;;",
  "__Host-portcullis=%E0%A4%A",
  "127.0.0.1, 203.0.113.9",
  "203.0.113.9:99999",
  "[::1",
  'for=_hidden;for="[::1]:1"',
  'for="' + "\\".repeat(200),
  ",".repeat(500),
  " \t".repeat(400),
  "\xff\xfe",
  "x".repeat(4_000),
] as const;

const FORMS = [
  "username=a&password=b",
  "username=&password=",
  "username=%00&password=%ff",
  "username=a&username=b&password=" + "c".repeat(2_000),
  "action=block&ip=203.0.113",
  "action=preview&ip=::/0",
  "action=unblock&ip=%E0%A4%A",
  "action=__proto__&ip=1",
  "action=constructor",
  "action=allow&ip=2001:db8::/129&reason=x",
  "action=resolve&id=" + "x".repeat(40),
  "action=confirm",
  "&&&&====",
  "%",
] as const;

const JSONS = [
  "{}",
  "[]",
  "null",
  "0",
  '""',
  "{",
  '{"username":"a","password":"b"}',
  '{"username":1,"password":null}',
  '{"username":"\\ud800","password":"\\u0000"}',
  '{"__proto__":{"username":"x"}}',
  '{"ip":"203.0.113"}',
  '{"ip":["1.2.3.4"]}',
  '{"ip":"1.2.3.4/33","for":"1e9d"}',
  '{"ip":"192.0.2.1","for":"99999999999d","reason":5}',
  '{"is_active":"yes"}',
  '{"at":"2026-99-99"}',
  '{"at":1e400}',
  '{"at":"+999999-01-01T00:00:00Z"}',
  "[".repeat(20_000),
  '{"a":'.repeat(5_000),
  '"' + "x".repeat(70_000) + '"',
  "\xff\xfe{}",
  "1e400",
  "-",
] as const;

/** The next case. */
export function fuzzRequest(
  chance: Chance,
  identity: FuzzIdentity | null,
): FuzzRequest {
  const kind = chance.int(100);
  if (kind < 4) return garbage(chance);
  if (kind < 10) return brokenFraming(chance);
  const built = build(chance, identity);
  return kind < 25 ? mutated(chance, built) : built;
}

function build(chance: Chance, identity: FuzzIdentity | null): FuzzRequest {
  const method = chance.oneIn(12)
    ? chance.pick(ODD_METHODS)
    : chance.pick(METHODS);
  const target = targetFor(chance);
  const version = chance.oneIn(40)
    ? chance.pick(["HTTP/1.0", "HTTP/1.2", "HTTP/9.9", "HTTP/", "", "http/1.1"])
    : "HTTP/1.1";
  const headers: string[] = [];
  if (!chance.oneIn(30)) headers.push(`Host: ${hostFor(chance)}`);
  // A signed-in request may log out, which would end that part of the run.
  if (identity && chance.oneIn(2) && !/logout|password/i.test(target)) {
    headers.push(
      chance.oneIn(2)
        ? `Cookie: ${identity.cookie}`
        : `Authorization: Bearer ${identity.token}`,
    );
  }
  if (chance.oneIn(2)) headers.push("Origin: http://localhost");
  for (let i = chance.int(4); i > 0; i--) headers.push(headerLine(chance));
  if (chance.oneIn(60)) {
    const line = headerLine(chance);
    for (let i = 0; i < 300; i++) headers.push(line);
  }
  if (chance.oneIn(200)) headers.push(`X-Big: ${"b".repeat(80_000)}`);
  const hasBody = !["GET", "HEAD", "OPTIONS"].includes(method) ||
    chance.oneIn(20);
  const body = hasBody ? bodyFor(chance, headers) : "";
  return {
    wire: `${method} ${target} ${version}\r\n${
      headers.map((line) => `${line}\r\n`).join("")
    }\r\n${body}`,
    isWhole: true,
    isHead: method === "HEAD",
  };
}

function targetFor(chance: Chance): string {
  let target: string = chance.pick(PATHS);
  if (chance.oneIn(3)) {
    const at = chance.int(target.length + 1);
    target = target.slice(0, at) + chance.pick(PIECES) + target.slice(at);
  }
  if (chance.oneIn(4)) {
    target += target.includes("?") ? "&" : "?";
    target += `${chance.pick(QUERY_NAMES)}=${chance.pick(PIECES)}`;
  }
  switch (chance.int(60)) {
    case 0:
      return "*";
    case 1:
      return `http://localhost${target}`;
    case 2:
      return `http://[::${target}`;
    case 3:
      return target.slice(1);
    case 4:
      return target + "/x".repeat(5_000);
    case 5:
      return "localhost:80";
    case 6:
      return `//${target}`;
    default:
      return target;
  }
}

function hostFor(chance: Chance): string {
  return chance.oneIn(12)
    ? chance.pick([
      "",
      "[",
      "[::1]",
      "a b",
      "localhost:99999",
      "localhost:x",
      "evil.example/path?x#y",
      "user:pass@localhost",
      "%00",
      "\xff",
      "-",
      ".",
      "a".repeat(3_000),
    ])
    : "localhost";
}

function headerLine(chance: Chance): string {
  const name = chance.oneIn(25)
    ? chance.pick(["", " ", "A B", "\xff", ":", "(x)", "x".repeat(3_000)])
    : chance.pick(HEADER_NAMES);
  const value = chance.oneIn(10)
    ? chance.bytes(chance.int(60)).replaceAll(/[\r\n]/g, "?")
    : chance.pick(HEADER_VALUES);
  return `${name}: ${value}`;
}

function bodyFor(chance: Chance, headers: string[]): string {
  let body: string;
  if (chance.oneIn(2)) {
    headers.push("Content-Type: application/json");
    body = chance.pick(JSONS);
  } else {
    headers.push("Content-Type: application/x-www-form-urlencoded");
    body = chance.pick(FORMS);
  }
  if (chance.oneIn(4)) body += chance.pick(PIECES);
  if (chance.oneIn(6)) {
    headers.push("Transfer-Encoding: chunked");
    return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  }
  headers.push(`Content-Length: ${body.length}`);
  return body;
}

/** Requests with a false length or without an end. */
function brokenFraming(chance: Chance): FuzzRequest {
  const path = chance.pick(PATHS);
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\n` +
    "Origin: http://localhost\r\n" +
    "Content-Type: application/x-www-form-urlencoded\r\n";
  const wire = chance.pick([
    `${head}Content-Length: 500\r\n\r\nusername=a`,
    `${head}Content-Length: -1\r\n\r\n`,
    `${head}Content-Length: 1e3\r\n\r\n`,
    `${head}Content-Length: 99999999999999999999\r\n\r\n`,
    `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${head}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
    `${head}Transfer-Encoding: gzip\r\n\r\n`,
    `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\n5;${"x".repeat(5_000)}\r\nabc`,
    `${head}Transfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n`,
    `GET ${path} HTTP/1.1\r\nHost: localhost`,
    `GET ${path}`,
    `GET ${path} HTTP/1.1\nHost: localhost\n\n`,
    `GET ${path} HTTP/1.1\rHost: localhost\r\r`,
    `GET ${path} HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n`,
    `\r\n\r\n\r\nGET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET ${path}\r\n\r\n`,
    `GET  ${path}  HTTP/1.1\r\n\r\n`,
  ]);
  return { wire, isWhole: false, isHead: false };
}

/** Input that is not HTTP/1 at all. */
function garbage(chance: Chance): FuzzRequest {
  const wire = chance.pick([
    () => chance.bytes(1 + chance.int(400)),
    () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + chance.bytes(30),
    () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.bytes(200),
    () => "\0".repeat(1 + chance.int(300)),
    () => "\r\n".repeat(1 + chance.int(300)),
    () => "A".repeat(20_000),
    () => "SSH-2.0-OpenSSH_9.9\r\n",
    () => "EHLO localhost\r\nMAIL FROM:<a@b>\r\n",
    () => "*1\r\n$4\r\nINFO\r\n",
  ])();
  return { wire, isWhole: false, isHead: false };
}

/** A valid request with a few bytes changed, inserted, or removed. */
function mutated(chance: Chance, { wire }: FuzzRequest): FuzzRequest {
  let text = wire.slice(0, 4_000);
  for (let i = 1 + chance.int(4); i > 0; i--) {
    const at = chance.int(text.length + 1);
    const kind = chance.int(4);
    const put = kind === 0
      ? chance.bytes(1)
      : kind === 1
      ? chance.bytes(chance.int(8))
      : kind === 2
      ? chance.pick(PIECES)
      : "";
    const taken = kind === 1 || kind === 2 ? 0 : 1 + chance.int(3);
    text = text.slice(0, at) + put + text.slice(at + taken);
  }
  return { wire: text, isWhole: false, isHead: false };
}
