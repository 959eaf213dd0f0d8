import { deadline, DeadlineError } from "../base/delay.ts";
import { canonicalIp } from "../net/ip.ts";
import { cutBytes, escapeControl } from "../base/text.ts";
import { createEmbeddedSource } from "./embedded_source.ts";
import { createExternalSource } from "./external_source.ts";
import type { Family } from "./mmdb.ts";
import type { OwnDatabases } from "./own_databases.ts";
import type { Bytes } from "./pages.ts";
import { GeoError } from "./geo_error.ts";
import { ipapi } from "./ipapi.ts";
import { ipinfo } from "./ipinfo.ts";
import { nowhere, type Place } from "./place.ts";
import { Lru } from "../base/lru.ts";
import { publicIp } from "./public_ip.ts";
import { noSource, type Source, type SourceStatus } from "./source.ts";
import { DAY } from "../base/duration.ts";

const DEFAULT_DEADLINE_MS = 2500;

/**
 * The source of places.
 *
 * @example
 * ```ts
 * import type { GeoProvider, GuardSettings } from "@portcullis/portcullis/guard";
 *
 * const geoProvider: GeoProvider = "ipapi";
 * const settings: GuardSettings = { geoProvider, geoCacheTtl: "7d" };
 * ```
 */
export type GeoProvider = "embedded" | "ipinfo" | "ipapi" | "off";

/** Options of {@linkcode createGeo}. */
export interface GeoOptions {
  provider: GeoProvider;
  /** The clock, epoch ms. */
  now: () => number;
  /** Caches the results of external providers; `embedded` does not use it. */
  kv?: Deno.Kv;
  /** The form of an address in `kv`. @default the address */
  nameOf?: (ip: string) => string;
  /** IPinfo's token; never sent to other providers. */
  token?: string;
  /**
   * How long an external result is cached, in milliseconds.
   * @default 86_400_000, a day
   */
  cacheTtlMs?: number;
  /** @default globalThis.fetch */
  fetch?: typeof fetch;
  /** The user's own databases, which replace the embedded one of their kind. */
  ownDatabases?: OwnDatabases;
  /** Opens the embedded database of one family; tests pass a small one. */
  readDatabase?: (family: Family) => Promise<Uint8Array | Bytes>;
}

/** The status for the health page. */
export interface GeoStatus extends SourceStatus {
  provider: GeoProvider;
}

/** Geolocation of addresses. */
export interface Geo {
  /**
   * The place of an address if known now. Null: there is none (not a public address, not known,
   * provider failing, off). Undefined: not known yet; an external look-up has been started if there
   * was room for one. Never throws and never waits.
   */
  peek(ip: string): Place | null | undefined;
  /**
   * The place of a public address; fields that the source does not know are null.
   *
   * @throws {GeoError} if the text is no address, it is not public, or the provider gave no
   * response within `deadlineMs` (default 2500).
   */
  locate(ip: string, options?: { deadlineMs?: number }): Promise<Place>;
  /** Resolves when the embedded data are loaded or have failed. */
  whenReady(): Promise<void>;
  status(): GeoStatus;
  /** Aborts running look-ups and closes the data. */
  close(): Promise<void>;
}

/**
 * Geolocation by one provider. The embedded database is read in the background.
 *
 * @throws {RangeError} if an option is invalid.
 */
export function createGeo(options: GeoOptions): Geo {
  const { provider } = options;
  const source = createSource(options);
  // Caches private addresses, such as a proxy's or a monitor's with every request; parsing them
  // each time took a tenth of the guard's time.
  const placeless = new Lru<string, true>(1_024);

  function peek(ip: string): Place | null | undefined {
    try {
      // Only canonical public addresses are cached.
      const known = source.remembered(ip);
      if (known !== undefined) return known;
      if (placeless.get(ip)) return null;
      const address = publicIp(ip);
      if (address !== null) return source.peek(address);
      placeless.set(ip, true);
      return null;
    } catch {
      return null;
    }
  }

  async function locate(
    ip: string,
    { deadlineMs = DEFAULT_DEADLINE_MS }: { deadlineMs?: number } = {},
  ): Promise<Place> {
    const address = checked(ip);
    try {
      const place = await deadline(source.locate(address), deadlineMs);
      return place ?? nowhere(provider);
    } catch (error) {
      if (error instanceof GeoError) throw error;
      if (error instanceof DeadlineError) {
        throw new GeoError(
          "timeout",
          `Cannot locate ${address}: no answer within ${deadlineMs} ms`,
        );
      }
      throw new GeoError("unavailable", `Cannot locate ${address}`, {
        cause: error,
      });
    }
  }

  return {
    peek,
    locate,
    whenReady: () => source.ready(),
    status: () => ({ provider, ...source.status() }),
    close: () => source.close(),
  };
}

function createSource(options: GeoOptions): Source {
  const { provider, now, kv, nameOf, token, cacheTtlMs = DAY, fetch } = options;
  switch (provider) {
    case "off":
      return noSource;
    case "embedded":
      return createEmbeddedSource({
        read: options.readDatabase,
        ownDatabases: options.ownDatabases,
      });
    case "ipinfo":
    case "ipapi": {
      if (!(cacheTtlMs > 0 && cacheTtlMs <= Number.MAX_SAFE_INTEGER)) {
        throw new RangeError(
          `Cannot cache places for ${cacheTtlMs} ms: expected more than 0`,
        );
      }
      if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
        throw new RangeError(
          "Cannot use the provider's token: expected printable ASCII",
        );
      }
      return createExternalSource({
        provider: provider === "ipinfo" ? ipinfo : ipapi,
        now,
        kv,
        nameOf,
        token,
        cacheTtlMs,
        fetch,
      });
    }
    default:
      throw new RangeError(
        `Cannot use geolocation provider "${provider}": expected embedded, ipinfo, ipapi or off`,
      );
  }
}

function checked(ip: string): string {
  const address = canonicalIp(ip);
  if (address === null) {
    const shown = escapeControl(cutBytes(ip, 64));
    throw new GeoError(
      "invalid",
      `Cannot locate "${shown}": expected an IP address`,
    );
  }
  if (publicIp(address) === null) {
    throw new GeoError(
      "not_public",
      `Cannot locate ${address}: not a public address`,
    );
  }
  return address;
}
