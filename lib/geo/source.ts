import type { BreakerState } from "./breaker.ts";
import { GeoError } from "./geo_error.ts";
import type { Place } from "./place.ts";

/** How a source is doing. */
export interface SourceStatus {
  /** For people: where the data come from; null when off. */
  source: string | null;
  /** When the embedded data were built, epoch ms. */
  builtAt: number | null;
  /** Whether look-ups are answered in full. */
  loaded: boolean;
  /** How many addresses this process remembers. */
  cacheSize: number;
  /** External providers only. */
  breaker: BreakerState | null;
  /** How many look-ups are under way or waiting. */
  pending: number;
  /** Why the data cannot be read, or the last external look-up failed. */
  error: string | null;
}

/** What is behind {@linkcode Geo}; addresses are canonical and public. */
export interface Source {
  /** What is remembered of any text; a look-up and nothing more. */
  remembered(text: string): Place | null | undefined;
  peek(ip: string): Place | null | undefined;
  locate(ip: string): Promise<Place | null>;
  ready(): Promise<void>;
  status(): SourceStatus;
  close(): Promise<void>;
}

/** Geolocation that is switched off. */
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
