import { messageOf } from "../base/error_words.ts";
import { Lru } from "../base/lru.ts";
import { type Database, type Family, openDatabase } from "./mmdb.ts";
import {
  closeDatabases,
  noDatabases,
  type OwnDatabases,
  rawPlaceOf,
  recordOf,
} from "./own_databases.ts";
import { packagedDatabase } from "./packaged.ts";
import type { Bytes } from "./pages.ts";
import { type Place, toPlace } from "./place.ts";

/**
 * The attribution that a page with places must show: DB-IP's City Lite data are licensed under CC
 * BY 4.0.
 */
export const ATTRIBUTION = {
  text: "IP Geolocation by DB-IP",
  href: "https://db-ip.com",
} as const;

/** Options of {@linkcode createEmbedded}. */
export interface EmbeddedOptions {
  /**
   * Opens the database of one family.
   * @default packagedDatabase
   */
  read?: (family: Family) => Promise<Uint8Array | Bytes>;
  /**
   * Databases that replace the packaged one of their kind; closed by `close`.
   * @default {noDatabases}
   */
  ownDatabases?: OwnDatabases;
  /**
   * How many addresses are cached.
   * @default 8192
   */
  cacheSize?: number;
}

/** Geolocation from the packaged database, in this process. */
export interface Embedded {
  /**
   * The place of a canonical public address: null if the data have none, undefined until the
   * database of that family is open. Never throws.
   */
  lookup(ip: string): Place | null | undefined;
  /** The cached place of a text, or undefined. */
  remembered(text: string): Place | null | undefined;
  /** Resolves when both families are loaded or have failed. */
  ready(): Promise<void>;
  /** Whether both families are loaded. */
  loaded(): boolean;
  /** Build time of the older file, epoch ms; null without any. */
  builtAt(): number | null;
  /** Whether the data for this address's family are loaded. */
  readable(ip: string): boolean;
  /** Why a file could not be read, or null. */
  error(): string | null;
  /** How many addresses are cached. */
  cacheSize(): number;
  /** Closes the databases. */
  close(): void;
}

/** Opens the database in the background, IPv4 first. */
export function createEmbedded(options: EmbeddedOptions = {}): Embedded {
  const {
    read = packagedDatabase,
    ownDatabases: own = noDatabases,
    cacheSize = 8192,
  } = options;
  const cache = new Lru<string, Place | null>(cacheSize);
  // null: could not be read.
  const databases = new Map<Family, Database | null>();
  let error: string | null = null;
  let closed = false;

  async function load(family: Family): Promise<void> {
    let database: Database | null = null;
    try {
      const found = openDatabase(await read(family));
      if (found.family === family) database = found;
      else error = `Cannot use geolocation data: expected IPv${family}`;
    } catch (cause) {
      error = messageOf(cause);
    }
    if (closed) database?.close();
    else databases.set(family, database);
  }

  const hasCities = own.city.length > 0;
  const loading = hasCities
    ? Promise.resolve()
    : load(4).then(() => closed ? undefined : load(6));
  const databaseFor = (ip: string) =>
    hasCities ? ownCities : databases.get(familyOf(ip));
  const ownCities = { record: (ip: string) => recordOf(own.city, ip) };

  return {
    remembered: (text) => cache.get(text),
    lookup(ip) {
      const known = cache.get(ip);
      if (known !== undefined) return known;
      const database = databaseFor(ip);
      if (!database && own.country.length === 0) return database;
      const place = look(database ?? null, own, ip);
      cache.set(ip, place);
      return place;
    },
    ready: () => loading,
    loaded: () =>
      hasCities && !closed || Boolean(databases.get(4) && databases.get(6)),
    builtAt() {
      const all = hasCities ? own.city : [...databases.values()];
      const times = all.flatMap((each) => each?.builtAt ?? []);
      return times.length > 0 ? Math.min(...times) : null;
    },
    readable: (ip) => Boolean(databaseFor(ip)) || own.country.length > 0,
    error: () => error,
    cacheSize: () => cache.size,
    close() {
      closed = true;
      closeDatabases(own);
      for (const database of databases.values()) database?.close();
      databases.clear();
      cache.clear();
    },
  };
}

function familyOf(ip: string): Family {
  return ip.includes(":") ? 6 : 4;
}

function look(
  cities: Pick<Database, "record"> | null,
  { country }: OwnDatabases,
  ip: string,
): Place | null {
  try {
    const record = cities?.record(ip) ?? null;
    const place = record && toPlace(rawPlaceOf(record), "embedded");
    const better = recordOf(country, ip);
    if (better === null) return place;
    const { country_code } = rawPlaceOf(better);
    // If the countries differ, the city is not reliable.
    return place?.country_code === country_code
      ? place
      : toPlace({ country_code }, "embedded");
  } catch {
    // Damaged data must not fail the request.
    return null;
  }
}
