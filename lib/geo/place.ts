import { cutBytes } from "../base/text.ts";
import { countryName, isCountryCode } from "./country.ts";

/** Where an address is, as far as a source knows. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  country_code: string | null;
  /** The country's English name. */
  country: string | null;
  /** At most 96 bytes of UTF-8, in the source's script. */
  city: string | null;
  /** Degrees north, -90 to 90, at most four decimals. */
  latitude: number | null;
  /** Degrees east, -180 to 180, at most four decimals. */
  longitude: number | null;
  /** The provider: `embedded`, `ipinfo` or `ipapi`. */
  source: string;
}

/** A source's response before validation. */
export interface RawPlace {
  country_code?: unknown;
  city?: unknown;
  latitude?: unknown;
  longitude?: unknown;
}

const MAX_CITY_BYTES = 96;

// Zero-width joiners are kept: Persian and Indic names need them.
const UNWANTED =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;

/**
 * Makes a place from a source's response, which is untrusted: unknown country codes, coordinates
 * out of range and names of the wrong type become null, and a name is cut and loses control
 * characters. Markup is kept: pages escape it.
 *
 * Returns null if nothing is left.
 */
export function toPlace(raw: RawPlace, source: string): Place | null {
  const code = raw.country_code;
  const country_code = typeof code === "string" && isCountryCode(code)
    ? code
    : null;
  const city = cityName(raw.city);
  const [latitude, longitude] = coordinates(raw.latitude, raw.longitude);
  if (country_code === null && city === null && latitude === null) return null;
  return {
    country_code,
    country: countryName(country_code),
    city,
    latitude,
    longitude,
    source,
  };
}

/** An empty place, for an address that a source does not know. */
export function nowhere(source: string): Place {
  return {
    country_code: null,
    country: null,
    city: null,
    latitude: null,
    longitude: null,
    source,
  };
}

function cityName(value: unknown): string | null {
  if (typeof value !== "string") return null;
  // Cut twice: the following steps never process more than a provider may send.
  const text = value.slice(0, 1024).replace(UNWANTED, "").trim();
  return cutBytes(text, MAX_CITY_BYTES).trimEnd() || null;
}

function coordinates(
  latitude: unknown,
  longitude: unknown,
): [number, number] | [null, null] {
  if (!within(latitude, 90) || !within(longitude, 180)) return [null, null];
  // Databases write 0, 0 for "not known"; there is nothing but sea.
  if (latitude === 0 && longitude === 0) return [null, null];
  return [round(latitude), round(longitude)];
}

function within(value: unknown, limit: number): value is number {
  return typeof value === "number" && Math.abs(value) <= limit;
}

function round(degrees: number): number {
  // Adding 0 turns -0 into 0.
  return Math.round(degrees * 10_000) / 10_000 + 0;
}
