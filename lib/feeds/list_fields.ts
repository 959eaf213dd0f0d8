import { withLength } from "./config_line.ts";
import { memo } from "../base/memo.ts";
import { letsIn, namesLetIn } from "./lets_in.ts";
import { stixAddresses } from "./stix_pattern.ts";

/** What lists call an address or range, the likeliest first; without blanks and underscores. */
const IP_NAMES = [
  ...["ipaddress", "cidr", "ip", "ipprefix", "ipv4prefix", "ipv6prefix"],
  ...["network", "subnet", "prefix", "range", "address", "addr", "netblock"],
  ...["value", "indicator", "indicatorvalue", "ioc", "iocvalue"],
  ...["attacker", "ipstr"],
  ...["srcip", "sourceip", "dstip", "destip"],
];
/** Of a source and a destination, one is the list's own. */
const ENDPOINTS = [["srcip", "sourceip"], ["dstip", "destip"]];
const REASON_NAMES = [
  ...["reason", "sblid", "comment", "notes", "scenario", "description"],
  ...["category", "threat", "malware"],
  ...["malwareprintable", "threattype"],
];
const END_NAMES = [
  ...["expiresat", "expires", "until", "validuntil", "validto"],
  ...["banneduntil", "expiration", "expiry", "expire", "expireson"],
  ...["duration", "for", "ttl", "timeout"],
];
/** Names of an age instead of a time. */
const AGES = new Set(["duration", "for", "ttl", "timeout"]);
const MASKS = ["netmask", "subnetmask", "mask"];
const LENGTHS = [
  ...["masklen", "prefixlen", "prefixlength", "len", "bits", "cidr", "prefix"],
  ...["netmask", "mask"],
];
/** First and last address. */
const SPANS = [
  ...[["start", "end"], ["startip", "endip"], ["ipstart", "ipend"]],
  ...[["startaddress", "endaddress"], ["rangestart", "rangeend"]],
  ...[["first", "last"], ["firstip", "lastip"], ["from", "to"]],
  ...[["ipfrom", "ipto"], ["fromip", "toip"], ["begin", "end"]],
] as const;
/** Fields that say what is done about an address, or what is thought of it. */
const VERDICTS = [
  ...["type", "mode", "action", "ruleaction", "access", "policy", "list"],
  ...["listname", "status", "classification", "verdict", "disposition"],
  ...["effect", "decision"],
];
const NAMES = ["list", "listname", "name"];
const ON = ["toids", "enabled", "blocked", "banned", "malicious"];
const OFF = ["disabled", "deleted", "revoked", "iswhitelisted"];
const TYPES = ["type", "ioctype", "indicatortype", "entitytype"];
/** What else than an address an indicator is. */
const OTHER_TYPES =
  /^(?:intel::)?(?:domain(?:-?name)?|host(?:name)?|fqdn|ur[il]|link|md5|sha-?\d+|(?:md5|sha\d+)_hash|filehash.*|ssdeep|imphash|file(?:name)?|email.*|asn?|port|text|comment|cve|mutex|yara|ja3.*|user-?agent|observed-data|sighting)$/i;
const ADDRESS = /^(?=.*[.:])[\da-f.:]{2,45}$/i;

/** What an object or a row says, by the usual names of its fields. */
export interface Told {
  /** Addresses, ranges, and `a-b`. */
  ips: string[];
  reason?: string;
  /** A time, or an age. */
  expires_at?: string;
}

/** Whether one of these names, in lower case, is that of an address. */
export function namesAddress(names: readonly string[]): boolean {
  const known = names.map(plain);
  return IP_NAMES.some((name) => known.includes(name)) ||
    SPANS.some((pair) => pair.every((name) => known.includes(name)));
}

/** "nothing" where it is about no address to be blocked; null where it names none plainly. */
export function toldBy(item: Record<string, unknown>): Told | "nothing" | null {
  const fields = plainly(item);
  if (isNone(fields)) return "nothing";
  const about = {
    reason: textOf(fields, REASON_NAMES),
    expires_at: endOf(fields),
  };
  const pattern = fields.get("pattern");
  if (typeof pattern === "string" && pattern.trimStart().startsWith("[")) {
    const ips = stixAddresses(pattern);
    return ips?.length === 0 ? "nothing" : ips && { ips, ...about };
  }
  const ip = addressOf(fields);
  return ip === null ? null : { ips: [ip], ...about };
}

/** What an object says about all that it holds. */
export function reasonOf(item: Record<string, unknown>): string | undefined {
  return textOf(plainly(item), REASON_NAMES);
}

function plainly(item: Record<string, unknown>): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(item)) {
    const key = plain(name);
    if ((value ?? "") !== "" && !fields.has(key)) fields.set(key, value);
  }
  return fields;
}

function isNone(fields: Map<string, unknown>): boolean {
  const type = fields.get("type");
  const scope = fields.get("scope");
  const id = fields.get("id");
  return VERDICTS.some((name) => letsIn(fields.get(name))) ||
    NAMES.some((name) => {
      const value = fields.get(name);
      return typeof value === "string" && namesLetIn(value);
    }) ||
    // STIX
    [fields.get("indicatortypes"), fields.get("labels")].some((labels) =>
      Array.isArray(labels) && labels.some(letsIn)
    ) ||
    // MISP's lists of what is no indicator
    fields.has("matchingattributes") ||
    ON.some((name) => isBoolean(fields.get(name), false)) ||
    OFF.some((name) => isBoolean(fields.get(name), true)) ||
    typeof scope === "string" && !/^(?:ip|range)$/i.test(scope) &&
      fields.has("value") ||
    TYPES.some((name) => {
      const value = fields.get(name);
      return typeof value === "string" && OTHER_TYPES.test(value);
    }) ||
    // STIX' observables: also those of victims
    typeof id === "string" && /^ipv[46]-addr--/.test(id) &&
      typeof type === "string";
}

function isBoolean(value: unknown, is: boolean): boolean {
  return value !== undefined &&
    ["true", "1"].includes(String(value)) === is &&
    /^(?:true|false|0|1)$/.test(String(value));
}

function addressOf(fields: Map<string, unknown>): string | null {
  const span = SPANS.find((pair) =>
    pair.every((name) => ADDRESS.test(String(fields.get(name) ?? "")))
  )?.map((name) => fields.get(name));
  const name = IP_NAMES.find((name) => {
    const value = fields.get(name);
    return typeof value === "string" && !/^\d{1,3}$/.test(value);
  });
  const text = name === undefined ? "" : fields.get(name) as string;
  if (span && !text.includes("/")) return span.join("-");
  if (name === undefined) return null;
  const sides = ENDPOINTS.map((names) =>
    names.some((each) => fields.has(each))
  );
  if (ENDPOINTS.flat().includes(name) && sides.every(Boolean)) return null;
  const ip = withoutPort(text);
  if (ip.includes("/") || !ADDRESS.test(ip)) return ip;
  const mask = textOf(fields, MASKS);
  if (mask?.includes(".")) return withLength(ip, mask);
  const length = LENGTHS.filter((each) => each !== name)
    .map((each) => String(fields.get(each)))
    .find((each) => /^\d{1,3}$/.test(each));
  return length === undefined ? ip : `${ip}/${length}`;
}

/** `192.0.2.7:443`, `[2001:db8::7]:443`, MISP's `192.0.2.7|443`. */
function withoutPort(text: string): string {
  const [, ip] = /^([\d.]{7,15})[:|]\d{1,5}$/.exec(text) ??
    /^\[([\da-f:.]{2,45})\](?::\d{1,5})?$/i.exec(text) ??
    /^([\da-f:.]{2,45})\|\d{1,5}$/i.exec(text) ?? [];
  return ip ?? text;
}

function textOf(
  fields: Map<string, unknown>,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const value = fields.get(name);
    if (typeof value === "string") return value;
  }
  return undefined;
}

/** A number is a time in seconds or milliseconds; an age needs its unit. */
function endOf(fields: Map<string, unknown>): string | undefined {
  for (const name of END_NAMES) {
    const value = fields.get(name);
    if (typeof value !== "string" && typeof value !== "number") continue;
    if (!/^\d+$/.test(String(value))) return String(value);
    const number = Number(value);
    // A number alone does not say its unit: it is refused, as any end that is none.
    if (AGES.has(name)) return String(value);
    const ms = number >= 1e12 ? number : number * 1_000;
    return number >= 1e9 && ms < 1e14
      ? new Date(ms).toISOString()
      : String(value);
  }
  return undefined;
}

/** The same names come in every line. */
const plain = memo(
  (name: string) => name.toLowerCase().replace(/[\s_.-]+/g, ""),
  256,
  64,
);
