import type { GeoCache } from "./cache.ts";
import type { ProviderClient } from "./fetch_provider.ts";
import { GeoError } from "./geo_error.ts";
import type { Place } from "./place.ts";

/** Options of {@linkcode createExternal}. */
export interface ExternalOptions {
  client: ProviderClient;
  cache: GeoCache;
  /**
   * How many look-ups may run or wait.
   * @default 256
   */
  maxPending?: number;
}

/** Geolocation by an external provider, behind a cache. */
export interface External {
  /**
   * The cached place of a canonical public address: null also while the provider fails. Undefined:
   * unknown; starts a look-up, if there is room for one.
   */
  peek(ip: string): Place | null | undefined;
  /**
   * The place of a canonical public address, null if the provider has none.
   *
   * @throws {GeoError} of kind `unavailable`.
   */
  resolve(ip: string): Promise<Place | null>;
  /** How many look-ups run or wait. */
  pending(): number;
  /** Resolves when no look-up runs. */
  settled(): Promise<void>;
}

/** Puts a cache in front of a provider; concurrent look-ups of one address share a request. */
export function createExternal(options: ExternalOptions): External {
  const { client, cache, maxPending = 256 } = options;
  const underWay = new Map<string, Promise<Place | null>>();

  async function find(ip: string): Promise<Place | null> {
    const known = await cache.load(ip);
    if (known !== undefined) {
      if (known.failed) throw unavailable();
      return known.place;
    }
    const couldAsk = client.ready();
    try {
      const place = await client.lookup(ip);
      await cache.store(ip, place);
      return place;
    } catch {
      // If the breaker stopped the call, the failure does not concern the address.
      if (couldAsk && client.ready()) cache.fail(ip);
      throw unavailable();
    }
  }

  function resolve(ip: string): Promise<Place | null> {
    const running = underWay.get(ip);
    if (running) return running;
    if (underWay.size >= maxPending) return Promise.reject(unavailable());
    const finding = find(ip).finally(() => underWay.delete(ip));
    underWay.set(ip, finding);
    return finding;
  }

  return {
    peek(ip) {
      const known = cache.peek(ip);
      if (known !== undefined) return known.place;
      if (!client.ready()) return null;
      resolve(ip).catch(() => {});
      return undefined;
    },
    resolve,
    pending: () => underWay.size,
    async settled() {
      await Promise.allSettled(underWay.values());
    },
  };
}

function unavailable(): GeoError {
  return new GeoError(
    "unavailable",
    "Cannot locate: the geolocation provider does not answer",
  );
}
