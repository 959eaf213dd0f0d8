import { DAY, HOUR } from "../base/duration.ts";
import { createHmac } from "node:crypto";
import { Lru } from "../base/lru.ts";
import { cidrOf, contains, formatCidr, parseCidr } from "../net/cidr.ts";
import { formatIp, parseIp } from "../net/ip.ts";
import { keys } from "../store/keys.ts";
import { secretKey } from "../store/secret_key.ts";
import { type HeldKey, RotatingKeys } from "./rotating_keys.ts";
import { seal, type Sealed, unseal } from "./seal.ts";

/** How addresses are stored in the request log (`PRIVACY_IP`). */
export type PrivacyMode = "full" | "truncated" | "hashed";

/**
 * How addresses are stored and found again. A stored form is the address, the first address of its
 * network (/24 or /48), or a keyed hash that looks like an address of 2001:db8::/32, so that it can
 * be grouped, filtered and shown like one but identifies nobody.
 */
export interface AddressStorage {
  readonly mode: PrivacyMode;
  /** Must be awaited before storing or sealing, as the keys rotate. */
  ready(): Promise<void>;
  /** The form in which an address is stored now. */
  stored(ip: string): string;
  /** The form of that time, in milliseconds since the epoch, or of now if its key is gone. */
  storedAt(ip: string, at: number): string;
  /** Every form in which an address may be stored, itself first, then the latest. */
  formsOf(ip: string): readonly string[];
  /** Those of them that are of this address alone, and not of its network. */
  ownFormsOf(ip: string): readonly string[];
  /** Whether an address is a form that stands for another one. */
  isForm(ip: string): boolean;
  /**
   * Seals a text for as long as detection needs whole addresses; undefined where they are never
   * kept, or nothing else is.
   */
  seal?(text: string): Sealed;
  /** The function that reads what was sealed, while its key is held. */
  unsealer(): Promise<(sealed: Sealed | undefined) => string | null>;
  /**
   * A form of an address or network for entries that are looked up but never shown: limits, the
   * cache of places. Its key does not rotate.
   */
  nameOf(purpose: string, subject: string): string;
}

/** A key of hashes is used for a day, and held for so many more, in milliseconds. */
export const HASH_KEY_HELD_MS = 7 * DAY;
/**
 * Whole addresses can be unsealed for so long after their hour, in milliseconds: rules look back two
 * hours, and the hourly job judges the hour that has ended.
 */
export const SEAL_HELD_MS = 4 * HOUR;
/** No more of an address that nothing is active against is left so long after that ended. */
export const GRACE_MS = SEAL_HELD_MS + HOUR;

const HASHES = parseCidr("2001:db8::/32");

/** Opens what a mode needs; the store's own keys, where it needs any. */
export async function openAddressStorage(
  kv: Deno.Kv,
  mode: PrivacyMode,
  now: () => number,
): Promise<AddressStorage> {
  if (mode === "full") return FULL;
  const names = namer(await secretKey(kv, keys.addressNameKey()));
  if (mode === "truncated") return truncating(names);
  const storage = new HashingStorage(kv, now, names);
  await storage.open();
  return storage;
}

const nothing = () => Promise.resolve();
const never = () => Promise.resolve(() => null);

const FULL: AddressStorage = {
  mode: "full",
  ready: nothing,
  stored: (ip) => ip,
  storedAt: (ip) => ip,
  formsOf: (ip) => [ip],
  ownFormsOf: (ip) => [ip],
  isForm: () => false,
  unsealer: never,
  nameOf: (_, subject) => subject,
};

/** Addresses as they are. */
export const fullAddresses = FULL;

function truncating(nameOf: AddressStorage["nameOf"]): AddressStorage {
  const stored = remembered(truncated);
  return {
    mode: "truncated",
    ready: nothing,
    stored,
    storedAt: stored,
    formsOf: (ip) => stored(ip) === ip ? [ip] : [ip, stored(ip)],
    ownFormsOf: (ip) => [ip],
    isForm: () => false,
    unsealer: never,
    nameOf,
  };
}

/** The first address of a /24 or /48. */
export function truncated(text: string): string {
  const ip = parseIp(text);
  if (!ip) return text;
  const network = cidrOf(ip, ip.family === 4 ? 24 : 48);
  return formatCidr(network).replace(/\/\d+$/, "");
}

/** Its functions are properties, so that each can be handed on by itself. */
class HashingStorage implements AddressStorage {
  readonly mode = "hashed";
  readonly nameOf: AddressStorage["nameOf"];
  readonly #kv: Deno.Kv;
  readonly #hashKeys: RotatingKeys;
  readonly #sealKeys: RotatingKeys;
  /** Of the current key. */
  #known = new Lru<string, string>(4_096);
  #knownFor = -1;

  constructor(
    kv: Deno.Kv,
    now: () => number,
    nameOf: AddressStorage["nameOf"],
  ) {
    this.nameOf = nameOf;
    this.#kv = kv;
    this.#hashKeys = new RotatingKeys({
      ...{ kv, now },
      periodMs: DAY,
      heldMs: HASH_KEY_HELD_MS,
      keyOf: keys.hashKey,
      all: keys.hashKeysAll(),
    });
    this.#sealKeys = new RotatingKeys({
      ...{ kv, now },
      periodMs: HOUR,
      heldMs: SEAL_HELD_MS,
      keyOf: keys.sealKey,
      all: keys.sealKeysAll(),
    });
  }

  async open(): Promise<void> {
    // Older versions had one key that never changed; hashes made with it can no longer be
    // attributed.
    await this.#kv.delete(keys.privacyKey());
    await this.#hashKeys.load();
    await this.#sealKeys.load();
  }

  readonly ready = async () => {
    await this.#hashKeys.ready();
    await this.#sealKeys.ready();
  };

  readonly stored = (ip: string) => {
    const { current } = this.#hashKeys;
    if (this.#knownFor !== current.start) {
      this.#known = new Lru(4_096);
      this.#knownFor = current.start;
    }
    let text = this.#known.get(ip);
    if (text === undefined) this.#known.set(ip, text = hashed(current, ip));
    return text;
  };

  readonly storedAt = (ip: string, at: number) => {
    const start = Math.floor(at / DAY) * DAY;
    const key = this.#hashKeys.held.find((each) => each.start === start);
    return key ? hashed(key, ip) : this.stored(ip);
  };

  readonly formsOf = (
    ip: string,
  ) => [ip, ...this.#hashKeys.held.map((key) => hashed(key, ip))];

  readonly ownFormsOf = this.formsOf;

  readonly isForm = (text: string) => {
    if (!text.startsWith("2001:")) return false;
    const ip = parseIp(text);
    return ip !== null && contains(HASHES, ip);
  };

  readonly seal = (text: string) => seal(this.#sealKeys.current, text);

  readonly unsealer = async () => {
    await this.#sealKeys.load();
    const held = new Map(
      this.#sealKeys.held.map(({ start, key }) => [start, key]),
    );
    return (sealed: Sealed | undefined) => sealed ? unseal(held, sealed) : null;
  };
}

function hashed({ key }: HeldKey, ip: string): string {
  const digest = createHmac("sha256", key).update(ip).digest();
  let text = "2001:db8";
  for (let i = 0; i < 12; i += 2) {
    text += `:${digest.readUInt16BE(i).toString(16)}`;
  }
  return formatIp(parseIp(text)!);
}

function namer(key: Uint8Array): AddressStorage["nameOf"] {
  const known = new Lru<string, string>(4_096);
  return (purpose, subject) => {
    const text = `${purpose} ${subject}`;
    let name = known.get(text);
    if (name === undefined) {
      const digest = createHmac("sha256", key).update(text).digest("base64url");
      known.set(text, name = digest.slice(0, 24));
    }
    return name;
  };
}

function remembered(convert: (ip: string) => string): (ip: string) => string {
  const known = new Lru<string, string>(4_096);
  return (ip) => {
    let text = known.get(ip);
    if (text === undefined) known.set(ip, text = convert(ip));
    return text;
  };
}
