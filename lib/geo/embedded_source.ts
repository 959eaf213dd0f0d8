import { createEmbedded, type EmbeddedOptions } from "./embedded.ts";
import { GeoError } from "./geo_error.ts";
import type { Source } from "./source.ts";

/** The packaged database as a {@linkcode Source}. */
export function createEmbeddedSource(options: EmbeddedOptions): Source {
  const embedded = createEmbedded(options);
  return {
    remembered: embedded.remembered,
    peek: embedded.lookup,
    async locate(ip) {
      if (embedded.lookup(ip) === undefined) await embedded.ready();
      if (!embedded.readable(ip)) {
        throw new GeoError(
          "unavailable",
          "Cannot locate: the geolocation data cannot be read",
        );
      }
      return embedded.lookup(ip) ?? null;
    },
    ready: embedded.ready,
    status: () => ({
      source: "DB-IP City Lite",
      builtAt: embedded.builtAt(),
      loaded: embedded.loaded(),
      cacheSize: embedded.cacheSize(),
      breaker: null,
      pending: 0,
      error: embedded.error(),
    }),
    async close() {
      embedded.close();
      await embedded.ready();
    },
  };
}
