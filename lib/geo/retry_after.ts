import { DAY } from "../base/duration.ts";
const MAX_MS = DAY;

/**
 * Milliseconds to wait according to a `Retry-After` field: seconds or an HTTP date (RFC 9110
 * §10.2.3), at least one second and at most a day; `fallback` if it is missing or invalid.
 */
export function retryAfterMs(
  field: string | null,
  now: number,
  fallback: number,
): number {
  if (field === null) return fallback;
  const text = field.trim();
  const ms = /^\d{1,9}$/.test(text)
    ? Number(text) * 1000
    : /^[A-Z][a-z]{2},? /.test(text)
    ? Date.parse(text) - now
    : NaN;
  if (Number.isNaN(ms)) return fallback;
  return Math.min(Math.max(ms, 1000), MAX_MS);
}
