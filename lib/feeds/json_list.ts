import { namesLetIn } from "./lets_in.ts";
import { reasonOf, type Told, toldBy } from "./list_fields.ts";

const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;
/** The deepest nesting that is read. */
const DEEPEST = 8;
const ADDRESS = /^(?=.*[.:])[\da-f.:]{2,45}(?:\/\d{1,3})?$/i;
/** Fields about the list itself, and what is no longer on it. */
const ABOUT =
  /^(?:meta|metadata|server|publisher|author|contact|generator|deleted|removed|unbanned|expired)$/i;

/**
 * Lists that are one JSON text (an array, or an object that holds some, as AbuseIPDB's and CrowdSec's
 * do) as an object a line; anything else as it is.
 */
export async function* jsonByLines(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]();
  let first: Uint8Array = new Uint8Array(0);
  let isJson = false;
  for (;;) {
    const { value, done } = await iterator.next();
    if (done) break;
    first = concat([first, value]);
    const start = first.find((byte) => byte > 32 && byte < 0xbb);
    if (start === undefined) continue;
    isJson = start === OPEN_BRACKET || start === OPEN_BRACE;
    break;
  }
  const rest = { [Symbol.asyncIterator]: () => iterator };
  if (!isJson) {
    if (first.length > 0) yield first;
    yield* rest;
    return;
  }
  const parts = [first];
  for await (const part of rest) parts.push(part.slice());
  const whole = concat(parts);
  const items = itemsOf(new TextDecoder().decode(whole));
  if (items === null) {
    yield whole;
    return;
  }
  const encoder = new TextEncoder();
  for (const item of items) yield encoder.encode(`${JSON.stringify(item)}\n`);
}

interface Item {
  ip_address: string;
  reason?: string;
  expires_at?: string;
}

function itemsOf(text: string): Iterable<Item> | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Perhaps an object a line.
    return pythonItems(text);
  }
  // One object may be the only line of a list of lines.
  const isLine = !Array.isArray(value) && !Object.values(value as object)
    .some((field) => typeof field === "object" && field !== null);
  return isLine ? null : walk(value, undefined, 0);
}

/** `fail2ban-client banned` prints what Python shows: a list of jails with their addresses. */
function pythonItems(text: string): Iterable<Item> | null {
  if (text.includes('"') || !/^\s*\[\{'/.test(text)) return null;
  try {
    return walk(JSON.parse(text.replaceAll("'", '"')), undefined, 0);
  } catch {
    return null;
  }
}

function* walk(
  value: unknown,
  reason: string | undefined,
  depth: number,
): Generator<Item> {
  if (typeof value === "string") {
    // Words in an object's other arrays are no addresses.
    if (depth === 1 || /^[\da-f.:/-]{3,}$/i.test(value)) {
      yield { ip_address: value, reason };
    }
    return;
  }
  if (typeof value !== "object" || value === null || depth > DEEPEST) return;
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item, reason, depth + 1);
    return;
  }
  const fields = value as Record<string, unknown>;
  const told = toldBy(fields);
  if (told === "nothing") return;
  if (Array.isArray(fields.expr)) return yield* dropped(fields.expr);
  const own = told ?? nftElement(fields);
  const about = own?.reason ?? reasonOf(fields) ?? reason;
  let isAny = false;
  for (const [name, field] of Object.entries(fields)) {
    if (!Array.isArray(field) || isNoEntry(name)) continue;
    // Strings beside an address tell more of it.
    const list = own === null ? field : field.filter(isObject);
    for (const item of walk(list, about, depth + 1)) {
      isAny = true;
      yield item;
    }
  }
  if (isAny) return;
  if (own !== null) {
    const { ips, reason, expires_at } = { ...own, reason: about };
    for (const ip_address of ips) yield { ip_address, reason, expires_at };
    return;
  }
  if (Object.values(fields).some((field) => hasObjects(field))) return;
  // Objects tell what entries are, mostly; where there are none, they may hold them.
  for (const [name, field] of Object.entries(fields)) {
    if (!isObject(field) || isNoEntry(name)) continue;
    if (!ADDRESS.test(name)) yield* walk(field, about, depth + 1);
    else if (toldBy(field) !== "nothing") {
      yield { ip_address: name, reason: about };
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasObjects(value: unknown): boolean {
  return Array.isArray(value) && value.some(isObject);
}

function isNoEntry(name: string): boolean {
  return ABOUT.test(name) || namesLetIn(name);
}

/** nft's ranges and elements: a length, from one to another, or one that ends. */
function nftElement(fields: Record<string, unknown>): Told | null {
  const { range, val, comment, timeout, expires = timeout } = fields;
  if (Array.isArray(range) && range.length === 2) {
    return { ips: [range.join("-")] };
  }
  if (val === undefined) return null;
  const ips = [...walk([val], undefined, DEEPEST - 3)].map((item) =>
    item.ip_address
  );
  return {
    ips,
    reason: typeof comment === "string" ? comment : undefined,
    expires_at: typeof expires === "number" ? `${expires}s` : undefined,
  };
}

/** What a rule of nft drops by the source's address. */
function* dropped(parts: unknown[]): Generator<Item> {
  const items = parts.filter(isObject);
  if (!items.some((part) => "drop" in part || "reject" in part)) return;
  for (const { match } of items) {
    if (!isObject(match) || !isObject(match.left)) continue;
    const { payload } = match.left;
    if (!isObject(payload) || payload.field !== "saddr") continue;
    if (match.op !== "==") continue;
    yield* walk([match.right], undefined, DEEPEST - 3);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
