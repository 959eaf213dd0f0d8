/**
 * The values of settings. Each parser accepts a variable's text, and the values of an option: a
 * list, a number, a parsed value.
 *
 * @module
 */
import * as v from "valibot";
import { Refusal } from "../base/refusal.ts";
import { HOUR, parseDuration } from "../base/duration.ts";
import { parseSecretKey } from "../base/secret_key.ts";
import { secretBytes } from "../base/secret_bytes.ts";
import { isCountryCode } from "../geo/country.ts";
import { hostFilter } from "../http/host.ts";
import { parseRate, type Rate } from "../limits/rate.ts";
import { type Cidr, parseCidr } from "../net/cidr.ts";
import { DETECTION_RULES } from "./rule_names.ts";

/** Parses one kind of value. */
export interface Parser<I, T, N = null> {
  schema: v.GenericSchema<I, T>;
  /** The expected value: the text after "expected" in messages. */
  expected: string;
  /** The TypeScript type of the option. */
  option: string;
  /** The value of a setting that is not set and has no default. */
  none: N;
}

type Texts = string | readonly string[];

function parser<I, T>(
  expected: string,
  option: string,
  isInput: (value: unknown) => boolean,
  read: (value: I) => T,
): Parser<I, T> {
  const schema = v.pipe(
    v.custom<I>(isInput),
    v.rawTransform<I, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return read(dataset.value);
      } catch (error) {
        if (!isBadValue(error)) throw error;
        addIssue();
        return NEVER;
      }
    }),
  );
  return { schema, expected, option, none: null };
}

/** Thrown by parsers for an invalid value; any other error is a bug. */
function isBadValue(error: unknown): boolean {
  return error instanceof Refusal || error instanceof RangeError ||
    error instanceof SyntaxError;
}

const isText = (value: unknown) => typeof value === "string";
const isNumber = (value: unknown) => typeof value === "number";
const isTextOrNumber = (value: unknown) => isText(value) || isNumber(value);

/** Any text, or the result of `read`. */
export function text(expected: string): Parser<string, string>;
export function text<T>(
  expected: string,
  read: (text: string) => T,
): Parser<string, T>;
export function text(
  expected: string,
  read: (text: string) => unknown = (text) => text,
): Parser<string, unknown> {
  return parser(expected, "string", isText, read);
}

/** Text of one line. */
export function line(expected: string, max = 4_096): Parser<string, string> {
  return text(expected, (text) => {
    // deno-lint-ignore no-control-regex
    if (text.length > max || /[\x00-\x1f\x7f]/.test(text)) {
      throw new RangeError();
    }
    return text;
  });
}

/** One of some words, case-insensitive. */
export function oneOf<const T extends string>(
  ...words: T[]
): Parser<T, T> {
  const option = words.map((word) => JSON.stringify(word)).join(" | ");
  return parser(`one of ${words.join(", ")}`, option, isText, (text: T) => {
    const word = words.find((word) => word === text.toLowerCase());
    if (word === undefined) throw new RangeError();
    return word;
  });
}

/** `0` or `1`; as an option, also a boolean. */
export const FLAG: Parser<boolean | "0" | "1", boolean> = parser(
  "one of 0, 1",
  `boolean | "0" | "1"`,
  (value) => isText(value) || typeof value === "boolean",
  (value) => {
    if (value !== "0" && value !== "1" && typeof value !== "boolean") {
      throw new RangeError();
    }
    return value === true || value === "1";
  },
);

/** A whole number. */
export function integer(
  min: number,
  max: number,
): Parser<string | number, number> {
  return parser(
    `a whole number from ${min} to ${max}`,
    "string | number",
    isTextOrNumber,
    (given: string | number) => {
      const number = Number(given);
      if (!/^\d+$/.test(String(given)) || number < min || number > max) {
        throw new RangeError();
      }
      return number;
    },
  );
}

/** A number of processes, or `auto`. */
export function integerOrAuto(
  min: number,
  max: number,
): Parser<string | number, number | "auto"> {
  return parser(
    `auto, or a whole number from ${min} to ${max}`,
    "string | number",
    isTextOrNumber,
    (given: string | number) => {
      if (given === "auto") return "auto";
      const number = Number(given);
      if (!/^\d+$/.test(String(given)) || number < min || number > max) {
        throw new RangeError();
      }
      return number;
    },
  );
}

/** A duration; as an option, also milliseconds. */
export function duration(
  expected = "a duration such as 90s, 15m, 24h or 30d",
  max = Infinity,
): Parser<string | number, number> {
  return parser(
    expected,
    "string | number",
    isTextOrNumber,
    (given: string | number) => {
      const ms = typeof given === "string" ? parseDuration(given) : given;
      if (!(ms > 0 && ms <= max)) throw new RangeError();
      return ms;
    },
  );
}

/** At most an hour, as open requests and connections last until then. */
export const DEADLINE: Parser<string | number, number> = duration(
  "a duration from 1s to 1h such as 30s",
  HOUR,
);

/** A rate of at most `max`; as an option, also a parsed one. */
export function rate(
  expected = "a rate such as 10/s, 5/m, 100/h or 1000/d",
  max = Infinity,
): Parser<string | Rate, Rate> {
  return parser(
    expected,
    "string | Rate",
    (value) => isText(value) || isObject(value),
    (given: string | Rate) => {
      const rate = typeof given === "string" ? parseRate(given) : given;
      if (!(rate.limit >= 1 && rate.limit <= max && rate.windowMs > 0)) {
        throw new RangeError();
      }
      return rate;
    },
  );
}

/** Texts, separated by commas or in a list; empty for none. */
function list<T>(
  expected: string,
  readAll: (texts: string[]) => T[],
): Parser<Texts, T[], T[]> {
  const each = parser(
    expected,
    "string | readonly string[]",
    (value) => isText(value) || Array.isArray(value) && value.every(isText),
    (given: Texts) =>
      readAll(typeof given === "string" ? split(given) : [...given]),
  );
  return { ...each, none: [] };
}

function split(text: string): string[] {
  const items = text.split(",").map((item) => item.trim())
    .filter((item) => item !== "");
  if (items.length === 0) throw new RangeError();
  return items;
}

/** Texts that each begin with `/`. */
export function paths(expected: string): Parser<Texts, string[], string[]> {
  return list(expected, (paths) => {
    if (paths.some((path) => !path.startsWith("/"))) throw new RangeError();
    return paths;
  });
}

/** Names of files. */
export const FILES: Parser<Texts, string[], string[]> = list(
  "names of files, separated by commas",
  (files) => files,
);

/** Addresses and ranges; as an option, also parsed ones. */
export const RANGES: Parser<
  string | readonly (string | Cidr)[],
  Cidr[],
  Cidr[]
> = {
  ...parser(
    "addresses or CIDR ranges, separated by commas",
    "string | readonly (string | Cidr)[]",
    (value) =>
      isText(value) ||
      Array.isArray(value) &&
        value.every((item) => isText(item) || isObject(item)),
    (given: string | readonly (string | Cidr)[]) =>
      (typeof given === "string" ? split(given) : given).map((item) =>
        typeof item === "string" ? parseCidr(item) : item
      ),
  ),
  none: [],
};

/** ISO 3166 codes. */
export const COUNTRIES: Parser<Texts, string[], string[]> = list(
  "ISO 3166 country codes such as DE,FR",
  (texts) =>
    texts.map((text) => {
      const code = text.toUpperCase();
      if (!isCountryCode(code)) throw new RangeError();
      return code;
    }),
);

/** Hosts and patterns for {@linkcode hostFilter}. */
export const HOSTS: Parser<Texts, string[], string[]> = list(
  "names such as example.org,*.example.org",
  (names) => {
    hostFilter(names);
    return names;
  },
);

/** Origins, of which links use the first. */
export const ORIGINS: Parser<Texts, string[], string[]> = list(
  "an origin such as https://example.org, or several by commas",
  (texts) =>
    texts.map((text) => {
      const url = httpUrl(text);
      if (url.pathname !== "/" || url.search || url.hash || url.username) {
        throw new RangeError();
      }
      return url.origin;
    }),
);

/** Names of detection rules. */
export const RULE_NAMES: Parser<Texts, string[]> = {
  ...list(
    "names of detection rules such as flood, separated by commas",
    (names) => {
      if (!names.every((name) => DETECTION_RULES.includes(name))) {
        throw new RangeError();
      }
      return names;
    },
  ),
  none: null,
};

/** The responses to a login that mean a wrong password. */
export interface LoginFailure {
  statuses: number[];
  /** Whether a 200 without a new cookie does. */
  sameForm: boolean;
}

/** Statuses, and `200-no-cookie`. */
export const LOGIN_FAILURE: Parser<string, LoginFailure> = text(
  "statuses such as 401, or 200-no-cookie, separated by commas",
  (text) => {
    const words = split(text);
    const statuses = words.filter((word) => word !== NO_COOKIE);
    if (!statuses.every((word) => /^[2-5]\d\d$/.test(word))) {
      throw new RangeError();
    }
    return {
      statuses: statuses.map(Number),
      sameForm: words.includes(NO_COOKIE),
    };
  },
);

const NO_COOKIE = "200-no-cookie";

/** A host to listen on. */
export const LISTEN_HOST: Parser<string, string> = text(
  "a host name or an address to listen on",
  (text) => {
    if (!/^[\w.:%[\]-]{1,255}$/.test(text)) throw new RangeError();
    return text.replace(/^\[(.*)\]$/, "$1");
  },
);

/** A location of Deno KV. */
export const STORE_PATH: Parser<string, string> = text(
  "a file, :memory:, :default: or an http(s) URL",
  (text) => {
    if (text.includes("\0")) throw new RangeError();
    if (/^[a-z][a-z\d+.-]+:\/\//i.test(text)) httpUrl(text);
    return text;
  },
);

/** A path without its trailing slash, empty for `/`. */
export const BASE_PATH: Parser<string, string> = text(
  "a path such as /portcullis",
  (text) => {
    if (!/^(\/[\w~-][\w.~-]*)*\/?$/.test(text)) throw new RangeError();
    return text.replace(/\/$/, "");
  },
);

/** A header's name, in lower case. */
export const HEADER_NAME: Parser<string, string> = text(
  "forwarded, x-forwarded-for or another header's name",
  (text) => {
    if (!/^[a-z\d!#$%&'*+.^_`|~-]{1,64}$/i.test(text)) throw new RangeError();
    return text.toLowerCase();
  },
);

/** Headers with another meaning, which cannot carry an identity. */
const TAKEN_HEADER =
  /^(host|cookie|authorization|proxy-authorization|connection|via|origin|referer|user-agent|accept.*|content-.*|transfer-encoding|sec-.*|forwarded|x-forwarded-(for|host|proto)|x-real-ip|x-original-(method|url))$/;

/** The name of the header in which a proxy sends the user's name, in lower case. */
export const IDENTITY_HEADER: Parser<string, string> = text(
  "the name of a field of its own such as x-remote-user",
  (text) => {
    const name = text.toLowerCase();
    if (!/^[a-z\d-]{1,64}$/.test(name) || TAKEN_HEADER.test(name)) {
      throw new RangeError();
    }
    return name;
  },
);

/** The logout of a proxy: a path of the same host, or a URL. */
export const LOGOUT_URL: Parser<string, string> = text(
  "a path such as /oauth2/sign_out, or an http or https URL",
  (text) => {
    if (/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return text;
    return httpUrl(text).href;
  },
);

/** The issuer of tokens: https, except on this machine. */
export const ISSUER: Parser<string, string> = text(
  "an https URL without ? and #, or one of http on this machine",
  (text) => {
    const url = httpUrl(text);
    const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
    if (
      /[?#]/.test(text) || url.username || url.password ||
      url.protocol !== "https:" && !isHere
    ) throw new RangeError();
    return text;
  },
);

/** Scopes of OpenID Connect, including `openid`. */
export const SCOPES: Parser<string, string> = text(
  "scopes such as openid profile, openid among them",
  (text) => {
    const scopes = text.split(/[\s,]+/).filter((scope) => scope !== "");
    if (
      !scopes.includes("openid") ||
      !scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(scope))
    ) throw new RangeError();
    return scopes.join(" ");
  },
);

/** A claim, or the path to a nested one: `realm_access.roles`. */
export const CLAIM: Parser<string, string> = text(
  "the name of a claim such as groups or realm_access.roles",
  (text) => {
    if (!/^[\x21-\x7e]{1,128}$/.test(text)) throw new RangeError();
    return text;
  },
);

/** Names of roles or groups of an identity provider. */
export const ROLES: Parser<Texts, string[], string[]> = list(
  "names of roles or groups, separated by commas",
  (names) => {
    // deno-lint-ignore no-control-regex
    if (names.some((name) => /[\x00-\x1f\x7f]/.test(name))) {
      throw new RangeError();
    }
    return names;
  },
);

/** An absolute URL of http or https. */
export const HTTP_URL: Parser<string, string> = text(
  "an http or https URL",
  (text) => httpUrl(text).href,
);

/**
 * The URL of a list of breached passwords, to which five hex digits are appended. Null: no check.
 */
export const BREACH_LIST: Parser<string, string | null> = text(
  "off, on or an http or https URL that ends with /",
  (text) => {
    const word = text.toLowerCase();
    if (word === "off") return null;
    // The public one, which needs no key.
    if (word === "on") return "https://api.pwnedpasswords.com/range/";
    const { href } = httpUrl(text);
    if (!href.endsWith("/")) throw new RangeError();
    return href;
  },
);

/** A token for machines; long enough not to be guessed. */
export const LONG_TOKEN: Parser<string, string> = text(
  "24 characters or more of A-Z, a-z, 0-9 and ~+/.-_",
  (text) => {
    if (!/^[\w~+/.-]{24,256}=*$/.test(text)) throw new RangeError();
    return text;
  },
);

/** The secret that signs webhooks. */
export const WEBHOOK_SECRET: Parser<string, string> = text(
  "16 characters or more, or whsec_ and base64",
  (text) => {
    if (text.length < 16 || secretBytes(text).length < 8) {
      throw new RangeError();
    }
    return text;
  },
);

/** The key that encrypts stored secrets. */
export const KEY_BYTES: Parser<string | Uint8Array, Uint8Array> = parser(
  "32 bytes in base64 or hexadecimal, such as openssl rand -base64 32 prints",
  "string | Uint8Array",
  (value) => isText(value) || value instanceof Uint8Array,
  (given: string | Uint8Array) => {
    const bytes = typeof given === "string" ? parseSecretKey(given) : given;
    if (bytes.length !== 32) throw new RangeError();
    return bytes;
  },
);

function httpUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new RangeError();
  }
  return url;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
