import { placeOf } from "../base/memo.ts";
import { isAttackTool } from "../bots/bot_of.ts";
import { payloadOf } from "./payload.ts";
import { PLACE } from "./place.ts";
import { ofEncoding, ofField } from "./protocol.ts";
import { isCommandLine } from "./shell.ts";
import { BIT } from "./signal.ts";
import { uploadOf } from "./uploads.ts";

/** How a field is looked at. */
const KIND = {
  /** Any other: as a whole. */
  other: 0,
  /** Few values in all the world's traffic: once each. */
  common: 1,
  agent: 2,
  referrer: 3,
  cookie: 4,
  /** Secrets, hashes and dates: only for what cannot be one. */
  opaque: 5,
  /** A file's name, as upload programs send it. */
  filename: 6,
  /** Common, and may contradict itself. */
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

/** How a name is looked at, also as it was written once; no request pays for lower case again. */
interface Field {
  kind: number;
  name: string;
  /** What the values showed that were seen before; they repeat. */
  values: Map<string, Shown>;
  /** The last of them, by {@linkcode placeOf}: comparing is cheaper than looking up. */
  latest: (Shown | undefined)[];
}

/** A field's value, and what it showed. */
interface Shown {
  value: string;
  shown: number;
}

const PLACES = 64;

const fields = new Map<string, Field>();
/** So many spellings of names, and values of each, are remembered. */
const MOST = 1_024;
/** And of all of them together so many: whoever spells a name in a thousand ways pays for no more. */
const MOST_VALUES = 8_192;
/** Longer values are not. */
const LONGEST = 512;

/** How many values are remembered. */
let values = 0;

/** How many values are remembered, of all fields together. */
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
 * What a field shows.
 *
 * @param host What the request says it is for, where that came before.
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
  const place = placeOf(value, PLACES);
  const last = field.latest[place];
  if (last !== undefined && last.value === value) return last.shown;
  // What a range means depends on the target
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

/** Nothing of this is in a hash, a date or a token. */
const ODD = /[${<>`\\]|\(\)|\.\.\/|%[013]|&#/;

/** Fields by which scanners mark what they send. */
const HABITS =
  /^x-?(?:acunetix|netsparker|wipp|scan(?:ner|-memo)?|nessus|arachni|w3af|burp|intruder|qualys|appscan|wvs|ratproxy|skipfish)|^acunetix-/i;

/** What a user agent shows: a tool's own name, a command line, a payload. */
export function ofAgent(value: string): number {
  return payloadOf(value, PLACE.agent) |
    (isAttackTool(value) ? BIT.scanner : 0) |
    (isCommandLine(value.toLowerCase()) ? BIT.rce : 0);
}

const ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyz" +
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/** What hosts and lists of addresses are made of. */
const IN_LISTS = tableOf(`${ALPHANUMERIC}-.:, `);
const IN_ADDRESSES = tableOf(`${ALPHANUMERIC}-_.:/?=~,+`);
const IN_COOKIES = tableOf(`${ALPHANUMERIC}-_:/+=,*!~`);

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** Whether an address has nothing that code is made of, as nearly all have. */
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

/** As browsers send an address, which encode what code is made of. */
const AS_SENT = /^[!#-&(-;=?-[\]^_a-z~]*$/;

/**
 * Whether a referrer is a page of this very host, as a browser names it. What that page's address
 * shows was seen when it was asked for; each of its pictures brings it along again.
 */
function isOwnPage(value: string, host: string | undefined): boolean {
  if (host === undefined || !value.startsWith("http")) return false;
  const start = value.indexOf("://") + 3;
  return (start === 7 || start === 8) && value.startsWith(host, start) &&
    value[start + host.length] === "/" && AS_SENT.test(value);
}

/** What a referrer shows: it is an address, so its query is read as one, and the whole once more. */
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

/** So many odd ones are read one by one, and what is left as one text. */
const COOKIES = 64;

/** What a cookie's names and values show. */
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
  // What holds a semicolon is more than its pieces
  if (found === 0 && value.includes(";") && WHOLE.test(value)) {
    found = payloadOf(value, PLACE.cookie);
  }
  return found;
}

const WHOLE = /[<`]|\$\{|&#/;

/** Three pieces of base64 by points: a token, nothing that anybody reads as a command. */
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
