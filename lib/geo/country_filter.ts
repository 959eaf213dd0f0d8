import { isCountryCode } from "./country.ts";

/** Options of {@linkcode createCountryFilter}. */
export interface CountryFilterOptions {
  /** Blocked countries, even if `allow` contains them. */
  block: string[];
  /** If not empty, the only allowed countries. */
  allow: string[];
  /**
   * What happens to an address without a known country. These include private addresses, and every
   * address until the data are loaded.
   * @default "allow"
   */
  unknown?: "allow" | "block";
}

/** Whether a visitor from this country is allowed; null: unknown. */
export type CountryFilter = (countryCode: string | null) => boolean;

/**
 * Compiles the lists once; codes may be in either case.
 *
 * @throws {RangeError} if a code is not an ISO 3166-1 alpha-2 code (or XK).
 *
 * @example
 * ```ts
 * import { createCountryFilter } from "./country_filter.ts";
 *
 * const letIn = createCountryFilter({ block: ["KP"], allow: [] });
 * letIn("KP"); // false
 * letIn(null); // true
 * ```
 */
export function createCountryFilter(
  options: CountryFilterOptions,
): CountryFilter {
  const block = new Set(options.block.map(countryCode));
  const allow = new Set(options.allow.map(countryCode));
  const unknown = options.unknown !== "block";
  return function countryFilter(code) {
    if (code === null) return unknown;
    return !block.has(code) && (allow.size === 0 || allow.has(code));
  };
}

function countryCode(text: string): string {
  const code = text.toUpperCase();
  if (isCountryCode(code)) return code;
  throw new RangeError(
    `Cannot filter country "${text}": expected an ISO 3166-1 code such as NO`,
  );
}
