import { fold } from "./fold.ts";
import { payloadOf, payloadOfWords } from "./payload.ts";
import { PLACE } from "./place.ts";
import { holdsRequest, ofEncoding } from "./protocol.ts";
import { includesForeign } from "./remote.ts";
import { isSecret, ofSecret } from "./secrets.ts";
import { BIT } from "./signal.ts";

/** The most parameters to read one by one; the rest is read as one text. */
const MOST = 64;
/** After this length, a text with signals is not read any further. */
const ENOUGH = 1_024;
/** In longer texts, which no form of a page sends, after a quarter of it. */
const LONG = 2_048;
/** Up to this length, letters and digits alone carry no payload. */
const SHORT = 7;
/** The same for names of parameters. */
const NAME = 8;
/** The length up to which a pair is read in every way, even with signals. */
const SHORT_PAIR = 128;

const ORDINARY = new Uint8Array(128);
for (
  const character of "abcdefghijklmnopqrstuvwxyz" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
) ORDINARY[character.charCodeAt(0)] = 1;

/** Two encoded dots, which no program needs to send. */
const DOTS = /(?:%2e|\.)%2e|%2e\.|%252e/i;

/** The signals of a query, as sent and without its question mark. */
export function ofQuery(query: string, host: string | undefined): number {
  const found = ofPairs(query, PLACE.query, host);
  if (!query.includes("%")) return found;
  if (found !== 0) return found | ofEncoding(query.slice(0, ENOUGH));
  return ofEncoding(query) | (DOTS.test(query) ? BIT.lfi : 0);
}

/** The signals of pairs of names and values, in a query or in a form. */
export function ofPairs(
  text: string,
  place: number,
  host?: string,
): number {
  let found = 0;
  let at = 0;
  const enough = text.length > LONG ? ENOUGH / 4 : ENOUGH;
  for (let pairs = 0; at < text.length && pairs < MOST; pairs++) {
    let end = text.indexOf("&", at);
    if (end < 0) end = text.length;
    if (end > at) found |= ofPair(text.slice(at, end), place, host);
    at = end + 1;
    if (found !== 0 && at > enough) return found;
  }
  return at < text.length
    ? found | payloadOf(text.slice(at), place, true)
    : found;
}

function ofPair(
  pair: string,
  place: number,
  host: string | undefined,
): number {
  let equals = -1;
  let isOrdinary = true;
  for (let at = 0; at < pair.length; at++) {
    const code = pair.charCodeAt(at);
    if (code === 0x3d && equals < 0) equals = at;
    else if (code > 127 || ORDINARY[code] === 0) {
      isOrdinary = false;
      break;
    }
  }
  if (isOrdinary) {
    if (pair.length <= SHORT) return 0;
    if (equals < 0) return payloadOfWords(pair, place);
    const name = equals > NAME ? pair.slice(0, equals) : "";
    const value = pair.length - equals > SHORT ? pair.slice(equals + 1) : "";
    return (name === "" ? 0 : payloadOfWords(name, place)) |
      (value === "" ? 0 : payloadOfWords(value, place));
  }
  if (equals < 0) equals = pair.indexOf("=");
  let found = 0;
  let name = pair;
  let value = "";
  if (equals >= 0) {
    name = pair.slice(0, equals);
    value = pair.slice(equals + 1);
    if (place === PLACE.form && isSecret(name)) {
      return ofSecret(payloadOf(value, place, true), fold(value, true)) |
        payloadOf(name, place, true);
    }
    found |= payloadOf(value, place, true);
    if (value.includes("HTTP") || value.includes("http")) {
      found |= ofAddress(name, value, host);
    }
    // An odd name may contain the first part of a value with an equals sign
    if (/[^\w.[\]%-]/.test(name) || name.includes("%")) {
      found |= payloadOf(pair, place, true);
      // A long pair with signals is not read a third time
      if (found !== 0 && pair.length > SHORT_PAIR) return found;
    }
  }
  found |= payloadOf(name, place, true);
  // The URL may be that of a native app on the client's machine, called after a login (RFC 8252)
  if ((found & BIT.rfi) !== 0 && RETURNS.test(name)) found &= ~BIT.rfi;
  return found;
}

/** Parameters with the URL to redirect a visitor to. */
const RETURNS =
  /^(?:redirect|return|callback|continue|next|success|cancel|post_logout|back|goto|ref|origin|wreply|service)[\w.-]{0,20}$/i;

/** The signals of a value that is a URL or a whole request. */
function ofAddress(
  name: string,
  value: string,
  host: string | undefined,
): number {
  const folded = fold(value.slice(0, 1_024), true);
  return (holdsRequest(folded) ? BIT.protocol : 0) |
    (includesForeign(fold(name, true), folded, host) ? BIT.rfi : 0);
}
