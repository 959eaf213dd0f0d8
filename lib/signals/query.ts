import { fold } from "./fold.ts";
import { payloadOf } from "./payload.ts";
import { PLACE } from "./place.ts";
import { holdsRequest, ofEncoding } from "./protocol.ts";
import { includesForeign } from "./remote.ts";
import { BIT } from "./signal.ts";

/** More parameters than so many are not read one by one. */
const MOST = 512;
/** Shorter than this, letters and digits alone say nothing. */
const SHORT = 7;

const ORDINARY = new Uint8Array(128);
for (
  const character of "abcdefghijklmnopqrstuvwxyz" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
) ORDINARY[character.charCodeAt(0)] = 1;

/** What a query shows, as sent and without its question mark. */
export function ofQuery(query: string, host: string | undefined): number {
  return ofPairs(query, PLACE.query, host) |
    (query.includes("%") ? ofEncoding(query) : 0);
}

/** What pairs of names and values show, in a query or in a form. */
export function ofPairs(
  text: string,
  place: number,
  host?: string,
): number {
  let found = 0;
  let at = 0;
  for (let pairs = 0; at < text.length && pairs < MOST; pairs++) {
    let end = text.indexOf("&", at);
    if (end < 0) end = text.length;
    if (end > at) found |= ofPair(text.slice(at, end), place, host);
    at = end + 1;
  }
  return found;
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
    const words = pair.toLowerCase();
    if (equals < 0) return payloadOf(words, place);
    return payloadOf(words.slice(0, equals), place) |
      payloadOf(pair.slice(equals + 1), place);
  }
  if (equals < 0) equals = pair.indexOf("=");
  let found = 0;
  let name = pair;
  let value = "";
  if (equals >= 0) {
    name = pair.slice(0, equals);
    value = pair.slice(equals + 1);
    found |= payloadOf(value, place, true);
    if (value.includes("HTTP") || value.includes("http")) {
      found |= ofAddress(name, value, host);
    }
    // A value with an equals sign in it may be one of an odd name, and the other way round
    if (/[^\w.[\]%-]/.test(name) || name.includes("%")) {
      found |= payloadOf(pair, place, true);
    }
  }
  found |= payloadOf(name, place, true);
  return found;
}

/** What a value shows that is an address, or a whole request. */
function ofAddress(
  name: string,
  value: string,
  host: string | undefined,
): number {
  const folded = fold(value.slice(0, 1_024), true);
  return (holdsRequest(folded) ? BIT.protocol : 0) |
    (includesForeign(fold(name, true), folded, host) ? BIT.rfi : 0);
}
