import { createGeoCache } from "./cache.ts";
import { createExternal } from "./external.ts";
import { createProviderClient } from "./fetch_provider.ts";
import type { Provider } from "./provider.ts";
import type { Source } from "./source.ts";

/** Options of {@linkcode createExternalSource}. */
export interface ExternalSourceOptions {
  provider: Provider;
  /** The clock, epoch ms. */
  now: () => number;
  kv?: Deno.Kv;
  /** The form of an address in `kv`. */
  nameOf?: (ip: string) => string;
  token?: string;
  /** In milliseconds. */
  cacheTtlMs: number;
  fetch?: typeof fetch;
}

/** An external provider with its cache as a {@linkcode Source}. */
export function createExternalSource(options: ExternalSourceOptions): Source {
  const { provider, now, kv, nameOf, token, cacheTtlMs, fetch } = options;
  const client = createProviderClient({ provider, now, token, fetch });
  const cache = createGeoCache({
    provider: provider.name,
    now,
    kv,
    nameOf,
    ttlMs: cacheTtlMs,
  });
  const external = createExternal({ client, cache });
  return {
    remembered: (text) => cache.peek(text)?.place,
    peek: external.peek,
    locate: external.resolve,
    ready: () => Promise.resolve(),
    status: () => ({
      source: provider.source,
      builtAt: null,
      loaded: true,
      cacheSize: cache.size(),
      breaker: client.breaker(),
      pending: external.pending(),
      error: client.error(),
    }),
    async close() {
      client.close();
      await external.settled();
    },
  };
}
