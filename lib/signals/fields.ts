import { placeOf } from "../base/memo.ts";
import { isAttackTool } from "../bots/bot_of.ts";
import { payloadOf } from "./payload.ts";
import { PLACE } from "./place.ts";
import { ofEncoding, ofField } from "./protocol.ts";
import { isCommandLine } from "./shell.ts";
import { BIT } from "./signal.ts";
import { uploadOf } from "./uploads.ts";

/** How a header field is read. */
const KIND = {
  /** Any other field: as a whole. */
  other: 0,
  /** Fields with few different values in all traffic: each value once. */
  common: 1,
  agent: 2,
  referrer: 3,
  cookie: 4,
  /** Secrets, hashes and dates: only for characters that these never contain. */
  opaque: 5,
  /** A file's name, as upload programs send it. */
  filename: 6,
  /** Like `common`, but the value may contradict itself. */
  ruled: 7,
} as const;

const KINDS = new Map<string, number>();
for (
  const [kind, names] of [
    [
      KIND.common,
      `accept-language accept-charset connection cache-control pragma dnt te upgrade
       upgrade-insecure-requests sec-fetch-site sec-fetch-mode sec-fetch-user sec-fetch-dest
       sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-gpc priority origin x-requested-with
       keep-alive save-data sec-purpose purpose x-forwarded-proto expect`,
    ],
    [
      KIND.ruled,
      "accept accept-encoding content-type content-length range request-range transfer-encoding",
    ],
    [KIND.agent, "user-agent"],
    [KIND.referrer, "referer"],
    [KIND.cookie, "cookie cookie2"],
    [
      KIND.opaque,
      `host if-none-match if-match if-modified-since if-unmodified-since if-range
       authorization proxy-authorization date etag x-csrf-token x-xsrf-token sec-websocket-key
       x-request-id traceparent tracestate x-forwarded-for forwarded x-real-ip via
       stripe-signature x-hub-signature x-hub-signature-256 digest signature signature-input
       content-md5 dpop cf-connecting-ip true-client-ip if lock-token destination`,
    ],
    [
      KIND.filename,
      "x-filename x_filename x.filename x-file-name x_file_name x.file.name",
    ],
  ] as const
) {
  for (const name of names.trim().split(/\s+/)) KINDS.set(name, kind);
}

/**
 * A field name as spelled by a client, and how its values are read; it is put in lower case only
 * once.
 */
interface Field {
  kind: number;
  name: string;
  /** The signals of earlier values, because values repeat. */
  values: Map<string, Shown>;
  /** The last of them, by {@linkcode placeOf}: comparing is faster than a look-up. */
  latest: (Shown | undefined)[];
}

/** A field's value and its signals. */
interface Shown {
  value: string;
  shown: number;
}

const fields = new Map<string, Field>();
/** The most spellings of names, and values of each, to cache. */
const MOST = 1_024;
/**
 * The most values of all fields together, so that a client with a thousand spellings uses no more
 * memory.
 */
const MOST_VALUES = 8_192;
/** Longer values are not cached. */
const LONGEST = 512;

/** How many values are cached. */
let values = 0;

/** How many values are cached, of all fields together. */
export function rememberedValues(): number {
  return values;
}

function fieldOf(spelled: string): Field {
  let field = fields.get(spelled);
  if (field === undefined) {
    const name = spelled.toLowerCase();
    field = {
      kind: KINDS.get(name) ?? KIND.other,
      name,
      values: new Map(),
      latest: [],
    };
    if (fields.size >= MOST) {
      fields.clear();
      values = 0;
    }
    if (spelled.length <= LONGEST) fields.set(spelled, field);
  }
  return field;
}

/**
 * The signals of a field.
 *
 * @param host The request's `Host`, if known by then.
 */
export function ofOneField(
  spelled: string,
  value: string,
  target: string,
  host?: string,
): number {
  const field = fieldOf(spelled);
  switch (field.kind) {
    case KIND.common:
    case KIND.ruled:
    case KIND.agent:
      return remembered(field, value, target);
    case KIND.referrer:
      return isPlainAddress(value) || isOwnPage(value, host)
        ? 0
        : ofReferrer(value);
    case KIND.cookie:
      return ofCookie(value);
    case KIND.opaque:
      return value.length < 3 || isMadeOf(IN_LISTS, value) || !ODD.test(value)
        ? 0
        : payloadOf(value, PLACE.field);
    case KIND.filename:
      return uploadOf(value) | payloadOf(value, PLACE.field);
  }
  const habit = HABITS.test(field.name) ? BIT.scanner : 0;
  if (value.length < 3) return habit;
  return habit | payloadOf(value, PLACE.field) |
    (value.includes("%0") ? ofEncoding(value) : 0);
}

function remembered(field: Field, value: string, target: string): number {
  const place = placeOf(value);
  const last = field.latest[place];
  if (last !== undefined && last.value === value) return last.shown;
  // The meaning of a range depends on the target
  if (field.name.endsWith("range")) return ofField(field.name, value, target);
  const known = field.values.get(value);
  if (known !== undefined) {
    field.latest[place] = known;
    return known.shown;
  }
  let found: number;
  if (field.kind === KIND.agent) found = ofAgent(value);
  else {
    found = ODD.test(value) || value.length > 200
      ? payloadOf(value, PLACE.field)
      : 0;
    if (field.kind === KIND.ruled) found |= ofField(field.name, value, target);
  }
  if (value.length <= LONGEST) {
    remember(field, value, found);
  }
  return found;
}

function forget(field: Field): void {
  field.values.clear();
  field.latest.length = 0;
}

function remember(field: Field, value: string, found: number): void {
  if (field.values.size >= MOST) {
    values -= field.values.size;
    forget(field);
  }
  if (values >= MOST_VALUES) {
    for (const each of fields.values()) forget(each);
    values = 0;
  }
  field.values.set(value, { value, shown: found });
  values++;
}

/** Characters that no hash, date or token contains. */
const ODD = /[${<>`\\]|\(\)|\.\.\/|%[013]|&#/;

/** Fields with which scanners mark their requests. */
const HABITS =
  /^x-?(?:acunetix|netsparker|wipp|scan(?:ner|-memo)?|nessus|arachni|w3af|burp|intruder|qualys|appscan|wvs|ratproxy|skipfish)|^acunetix-/i;

/** The signals of a user agent: an attack tool's name, a command line, a payload. */
export function ofAgent(value: string): number {
  return payloadOf(value, PLACE.agent) |
    (isAttackTool(value) ? BIT.scanner : 0) |
    (isCommandLine(value.toLowerCase()) ? BIT.rce : 0);
}

const ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyz" +
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/** The characters of hosts and lists of addresses. */
const IN_LISTS = tableOf(`${ALPHANUMERIC}-.:, `);
const IN_ADDRESSES = tableOf(`${ALPHANUMERIC}-_.:/?=~,+`);
const IN_COOKIES = tableOf(`${ALPHANUMERIC}-_:/+=,*!~`);

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** Whether a URL has no characters of code, as nearly all. */
function isPlainAddress(value: string): boolean {
  return value.startsWith("http") && isMadeOf(IN_ADDRESSES, value);
}

function isMadeOf(characters: Uint8Array, value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code > 127 || characters[code] === 0) return false;
  }
  return true;
}

/** A URL as browsers send it: with the characters of code encoded. */
const AS_SENT = /^[!#-&(-;=?-[\]^_a-z~]*$/;

/**
 * Whether a referrer is a page of this host, as a browser sends it. The signals of that page's URL
 * were found when it was requested; each of its images sends the URL again.
 */
function isOwnPage(value: string, host: string | undefined): boolean {
  if (host === undefined || !value.startsWith("http")) return false;
  const start = value.indexOf("://") + 3;
  return (start === 7 || start === 8) && value.startsWith(host, start) &&
    value[start + host.length] === "/" && AS_SENT.test(value);
}

/** The signals of a referrer: of its query as such, and of the whole text. */
function ofReferrer(value: string): number {
  let found = payloadOf(value, PLACE.referrer) |
    (/%00|\0/.test(value) ? BIT.protocol : 0);
  const query = value.indexOf("?");
  if (query >= 0) {
    for (const pair of value.slice(query + 1).split("&", 64)) {
      const equals = pair.indexOf("=");
      const text = equals < 0 ? pair : pair.slice(equals + 1);
      if (text.length > 3) found |= payloadOf(text, PLACE.referrer, true);
      if (/^\w{2,12} --\w/.test(text) && isCommandLine(text.toLowerCase())) {
        found |= BIT.rce;
      }
    }
  } else if (!value.startsWith("http") && isCommandLine(value.toLowerCase())) {
    found |= BIT.rce;
  }
  return found;
}

/** The most unusual cookies to read one by one; the rest is read as one text. */
const COOKIES = 64;

/** The signals of the names and values of a `Cookie` field. */
function ofCookie(value: string): number {
  let found = 0;
  let start = 0;
  let isPlain = true;
  let left = COOKIES;
  for (let at = 0; at <= value.length; at++) {
    const code = at < value.length ? value.charCodeAt(at) : 0x3b;
    if (code === 0x3b) {
      if (!isPlain) {
        while (value.charCodeAt(start) === 0x20) start++;
        if (left-- === 0) {
          return found | payloadOf(value.slice(start), PLACE.cookie);
        }
        found |= ofOneCookie(value.slice(start, at));
      }
      start = at + 1;
      isPlain = true;
    } else if (
      code > 127 || IN_COOKIES[code] === 0 && code !== 0x20 ||
      code === 0x20 && at > start
    ) isPlain = false;
  }
  // A payload with a semicolon spans several cookies
  if (found === 0 && value.includes(";") && WHOLE.test(value)) {
    found = payloadOf(value, PLACE.cookie);
  }
  return found;
}

const WHOLE = /[<`]|\$\{|&#/;

/** Three parts of base64 with dots: a JSON Web Token, never a command. */
const TOKEN = /^"?eyj[\w-]{4,4000}\.[\w-]{2,4000}\.[\w-]{2,4000}"?$/i;

function ofOneCookie(pair: string): number {
  const equals = pair.indexOf("=");
  if (equals < 0) return payloadOf(pair, PLACE.cookie);
  const name = pair.slice(0, equals);
  const value = pair.slice(equals + 1);
  let found = TOKEN.test(value) ? 0 : payloadOf(value, PLACE.cookie) |
    (/%(?:0[0-8bcef]|1[0-9a-f])/i.test(pair) ? BIT.protocol : 0);
  if (!/^[\w.-]{0,64}$/.test(name) || name.includes(".")) {
    found |= payloadOf(name, PLACE.cookie) | payloadOf(pair, PLACE.cookie);
  } else if (name.startsWith("__") || /[<$`]/.test(value)) {
    found |= payloadOf(name, PLACE.cookie);
  }
  return found;
}
