import { Lru } from "../base/lru.ts";
import type { FieldReader } from "../http/request_view.ts";
import { FLAG } from "../log/request_record.ts";

/** Cookies with these names are set on a page for every visitor. */
const BESIDE =
  /csrf|xsrf|test_?cookie|consent|lang|locale|theme|timezone|flash|antiforgery|^_ga/i;
const MOST_PATHS = 512;
const MOST_NAMES = 32;

/** The part of a response that is read: a `Response`, or alternating fields as in the proxy. */
interface Answer {
  readonly status: number;
  readonly headers?: Headers;
  readonly fields?: readonly string[];
}

/**
 * Whether the response to a form sets a cookie that its sender did not have, as after a correct
 * password (`200-no-cookie` of `LOGIN_FAILURE`). Cookies that the same page sets for every visitor,
 * such as a session before the login, do not count; nor do deleted ones.
 */
export class CookieWatch {
  /** By path, the names of cookies that a page sets for every visitor. */
  readonly #given = new Lru<string, Set<string>>(MOST_PATHS);

  /** The flags of a record: {@linkcode FLAG}. */
  flagsOf(
    method: string,
    path: string,
    headers: FieldReader,
    answer: Answer,
  ): number {
    if (answer.status !== 200) return 0;
    if (method === "GET") {
      if (this.#given.size === 0) return 0;
      const given = this.#given.get(path);
      if (given !== undefined && given.size < MOST_NAMES) {
        for (const [name] of cookiesOf(answer)) given.add(name);
      }
      return 0;
    }
    if (method !== "POST") return 0;
    let given = this.#given.get(path);
    if (given === undefined) this.#given.set(path, given = new Set());
    const had = headers.get("cookie") ?? "";
    for (const [name, value] of cookiesOf(answer)) {
      if (BESIDE.test(name)) continue;
      const before = valueOf(had, name);
      if (before === null ? given.has(name) : before === value) continue;
      return FLAG.cookiesSeen | FLAG.newCookie;
    }
    return FLAG.cookiesSeen;
  }
}

/** Names and values of the cookies that a response sets. */
function* cookiesOf(
  { headers, fields }: Answer,
): Generator<[name: string, value: string]> {
  for (const line of headers?.getSetCookie() ?? linesIn(fields ?? [])) {
    const end = line.indexOf(";");
    const pair = end < 0 ? line : line.slice(0, end);
    const equals = pair.indexOf("=");
    const value = pair.slice(equals + 1).trim();
    if (equals < 1 || value === "" || value === "deleted") continue;
    if (/;\s{0,4}max-age\s{0,4}=\s{0,4}(?:0\b|-)/i.test(line)) continue;
    const expires = /;\s{0,4}expires\s{0,4}=([^;]{1,40})/i.exec(line)?.[1];
    // Without a clock: deleted cookies have a date far in the past.
    if (expires !== undefined && Date.parse(expires) < LONG_AGO) continue;
    yield [pair.slice(0, equals).trim(), value];
  }
}

const LONG_AGO = Date.UTC(2020, 0);

function* linesIn(fields: readonly string[]): Generator<string> {
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]!;
    if (name.length === 10 && name.toLowerCase() === "set-cookie") {
      yield fields[i + 1]!;
    }
  }
}

/** The value of a cookie that a client sent, or null. */
function valueOf(cookies: string, name: string): string | null {
  for (const pair of cookies.split(";", 64)) {
    const equals = pair.indexOf("=");
    if (pair.slice(0, equals).trim() === name) {
      return pair.slice(equals + 1).trim();
    }
  }
  return null;
}
