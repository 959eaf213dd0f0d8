import type { BreakerState } from "./breaker.ts";
import { GeoError } from "./geo_error.ts";
import type { Place } from "./place.ts";

/** The status of a source. */
export interface SourceStatus {
  /** The source of the data, for people; null when off. */
  source: string | null;
  /** When the embedded data were built, epoch ms. */
  builtAt: number | null;
  /** Whether look-ups give complete results. */
  loaded: boolean;
  /** How many addresses are cached in this process. */
  cacheSize: number;
  /** External providers only. */
  breaker: BreakerState | null;
  /** How many look-ups run or wait. */
  pending: number;
  /** Why the data cannot be read, or the last external look-up failed. */
  error: string | null;
}

/** The implementation behind {@linkcode Geo}; addresses are canonical and public. */
export interface Source {
  /** The cached place of a text; never starts a look-up. */
  remembered(text: string): Place | null | undefined;
  peek(ip: string): Place | null | undefined;
  locate(ip: string): Promise<Place | null>;
  ready(): Promise<void>;
  status(): SourceStatus;
  close(): Promise<void>;
}

/** Geolocation switched off. */
export const noSource: Source = {
  remembered: () => null,
  peek: () => null,
  locate: () =>
    Promise.reject(new GeoError("off", "Cannot locate: geolocation is off")),
  ready: () => Promise.resolve(),
  status: () => ({
    source: null,
    builtAt: null,
    loaded: false,
    cacheSize: 0,
    breaker: null,
    pending: 0,
    error: null,
  }),
  close: () => Promise.resolve(),
};
