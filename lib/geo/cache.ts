import { deadline } from "../base/delay.ts";
import { Lru } from "../base/lru.ts";
import { keys } from "../store/keys.ts";
import { type Place, toPlace } from "./place.ts";

/** The cached result for one address. */
export interface Remembered {
  /** Null: the provider has none, or failed. */
  place: Place | null;
  /** The provider failed, so a retry soon would not help. */
  failed: boolean;
  /** Epoch ms. */
  expiresAt: number;
}

/** Options of {@linkcode createGeoCache}. */
export interface GeoCacheOptions {
  /** The provider of the cached places; part of the key. */
  provider: string;
  /** The clock, epoch ms. */
  now: () => number;
  /** Without it, results are cached in this process only. */
  kv?: Deno.Kv;
  /** The form of an address in KV. @default the address */
  nameOf?: (ip: string) => string;
  /** How long a result is cached, in milliseconds. */
  ttlMs: number;
  /**
   * How long a failure is cached, in milliseconds.
   * @default 300_000
   */
  failureTtlMs?: number;
  /**
   * How many addresses are cached in this process.
   * @default 8192
   */
  size?: number;
  /**
   * The timeout of KV, in milliseconds.
   * @default 250
   */
  kvDeadlineMs?: number;
}

/** Caches the results of an external provider: in bounded memory, with KV behind it. */
export interface GeoCache {
  /** The result cached in this process. */
  peek(ip: string): Remembered | undefined;
  /** The result cached in this process or KV; a failure of KV is a miss. */
  load(ip: string): Promise<Remembered | undefined>;
  /** Caches a result; a failure of KV does not fail the look-up. */
  store(ip: string, place: Place | null): Promise<void>;
  /** Caches, in this process, that the provider failed. */
  fail(ip: string): void;
  /** How many addresses are cached in this process. */
  size(): number;
}

/** A cache whose entries expire on time, although KV removes them late. */
export function createGeoCache(options: GeoCacheOptions): GeoCache {
  const {
    provider,
    now,
    kv,
    nameOf = (ip) => ip,
    ttlMs,
    failureTtlMs = 300_000,
    size = 8192,
    kvDeadlineMs = 250,
  } = options;
  const memory = new Lru<string, Remembered>(size);

  function peek(ip: string): Remembered | undefined {
    const entry = memory.get(ip);
    if (entry === undefined || entry.expiresAt > now()) return entry;
    memory.delete(ip);
    return undefined;
  }

  return {
    peek,
    async load(ip) {
      const known = peek(ip);
      if (known !== undefined || kv === undefined) return known;
      try {
        const stored = await deadline(
          kv.get(keys.geo(provider, nameOf(ip))),
          kvDeadlineMs,
        );
        const entry = readEntry(stored.value, provider);
        if (entry === undefined || entry.expiresAt <= now()) return undefined;
        memory.set(ip, entry);
        return entry;
      } catch {
        return undefined;
      }
    },
    async store(ip, place) {
      const expiresAt = now() + ttlMs;
      memory.set(ip, { place, failed: false, expiresAt });
      if (kv === undefined) return;
      try {
        const written = kv.set(
          keys.geo(provider, nameOf(ip)),
          { place, expiresAt },
          { expireIn: ttlMs },
        );
        await deadline(written, kvDeadlineMs);
      } catch {
        // The result is cached in this process; the next one may reach KV again.
      }
    },
    fail(ip) {
      const expiresAt = now() + failureTtlMs;
      memory.set(ip, { place: null, failed: true, expiresAt });
    },
    size: () => memory.size,
  };
}

/** Validates a stored value as untrusted. */
function readEntry(value: unknown, provider: string): Remembered | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { place, expiresAt } = value as Record<string, unknown>;
  if (typeof expiresAt !== "number" || Number.isNaN(expiresAt)) {
    return undefined;
  }
  if (place !== null && typeof place !== "object") return undefined;
  return {
    place: place && toPlace(place, provider),
    failed: false,
    expiresAt,
  };
}
