const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;
/** The deepest nesting that is read. */
const DEEPEST = 8;

/** What lists call an address or range, the likeliest first. */
export const IP_NAMES = [
  "ip_address",
  "cidr",
  "ip",
  "ipaddress",
  "ip_prefix",
  "ipv4prefix",
  "ipv6prefix",
  "ipv6_prefix",
  "network",
  "subnet",
  "prefix",
  "range",
  "address",
  "value",
  "indicator",
  "src_ip",
  "attacker",
];
export const REASON_NAMES = [
  "reason",
  "sblid",
  "comment",
  "notes",
  "scenario",
  "description",
  "category",
  "threat",
  "malware",
];
export const END_NAMES = [
  "expires_at",
  "expires",
  "until",
  "valid_until",
  "valid_to",
  "banned_until",
  "expiration",
  "expiry",
  "expire",
  "expires_on",
  "duration",
  "for",
  "ttl",
  "timeout",
];

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
  const fields = lowered(value as Record<string, unknown>);
  if (isHarmless(fields)) return;
  const ownReason = textOf(fields, REASON_NAMES) ?? reason;
  const ip = textOf(fields, IP_NAMES) ?? spanOf(fields);
  const lists = Object.values(fields).filter(Array.isArray);
  const holdsMore = lists.some((list) =>
    list.some((item) => typeof item === "object" && item !== null)
  );
  if (ip !== undefined && !holdsMore) {
    yield {
      ip_address: ip,
      reason: ownReason,
      expires_at: textOf(fields, END_NAMES),
    };
    return;
  }
  let isAny = false;
  for (const list of lists) {
    for (const item of walk(list, ownReason, depth + 1)) {
      isAny = true;
      yield item;
    }
  }
  // Objects tell what entries are, mostly; where there are none, they may hold them.
  if (isAny || holdsMore) return;
  for (const field of Object.values(fields)) {
    if (!Array.isArray(field)) yield* walkObject(field, ownReason, depth + 1);
  }
}

function* walkObject(
  value: unknown,
  reason: string | undefined,
  depth: number,
): Generator<Item> {
  if (typeof value === "object") yield* walk(value, reason, depth);
}

/** Whether it says that something else is done about an address than to block it. */
function isHarmless(fields: Record<string, unknown>): boolean {
  return ["type", "mode", "action"].some((name) => {
    const value = fields[name];
    return typeof value === "string" &&
      /^(?:captcha|throttle|allow|whitelist|accept|(?:js_|managed_)?challenge)$/i
        .test(value);
  });
}

/** nft's ranges: an address and how long its prefix is, or from one to another. */
function spanOf(fields: Record<string, unknown>): string | undefined {
  const { addr, len, range } = fields;
  if (typeof addr === "string" && typeof len === "number") {
    return `${addr}/${len}`;
  }
  if (Array.isArray(range) && range.length === 2) return range.join("-");
  return undefined;
}

function lowered(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name.toLowerCase(), field]),
  );
}

function textOf(
  fields: Record<string, unknown>,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
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
