import { DAY, HOUR, MINUTE } from "../base/duration.ts";
/**
 * How many attempts are allowed in a time window.
 *
 * @example
 * ```ts
 * import type { Rate } from "@portcullis/portcullis/guard";
 *
 * const rate: Rate = { limit: 5, windowMs: 60_000 };
 * ```
 */
export interface Rate {
  /** At least 1. */
  limit: number;
  /** In milliseconds. */
  windowMs: number;
}

const UNITS = { s: 1_000, m: MINUTE, h: HOUR, d: DAY } as const;

/**
 * Parses a rate such as `5/m`: N/s, N/m, N/h or N/d, N from 1 to 999,999,999.
 *
 * @throws {RangeError} for anything else.
 *
 * @example
 * ```ts
 * import { parseRate } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseRate("5/m"), { limit: 5, windowMs: 60_000 });
 * ```
 */
export function parseRate(text: string): Rate {
  const match = /^([1-9]\d{0,8})\/([smhd])$/.exec(text);
  if (match === null) {
    throw new RangeError(
      `Cannot parse rate ${
        JSON.stringify(text.slice(0, 64))
      }: expected a count per second, minute, hour or day such as 5/m`,
    );
  }
  return {
    limit: Number(match[1]),
    windowMs: UNITS[match[2] as keyof typeof UNITS],
  };
}

/** A rate as {@linkcode parseRate} reads it, or in seconds if no unit fits. */
export function formatRate({ limit, windowMs }: Rate): string {
  for (const [unit, ms] of Object.entries(UNITS)) {
    if (ms === windowMs) return `${limit}/${unit}`;
  }
  return `${limit} in ${windowMs / 1_000} s`;
}
