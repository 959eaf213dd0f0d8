import type { Rule } from "../rule.ts";
import { HOUR } from "../types.ts";
import { inTheHour } from "./words.ts";

/** What {@linkcode highVolume} can be told. */
export interface HighVolumeOptions {
  /** More than this many requests in an hour are a finding (`SUSPICIOUS_REQUEST_THRESHOLD`). */
  threshold: number;
}

/**
 * More than the threshold's requests from one address in the hour. Requests over a limit (429)
 * count: they were made, and a finding changes no limit. Those our blocklist refused do not.
 */
export function highVolume({ threshold }: HighVolumeOptions): Rule {
  return {
    name: "high_volume",
    about:
      "More requests from one address in an hour than SUSPICIOUS_REQUEST_THRESHOLD.",
    severity: "warning",
    windowMs: HOUR,
    threshold,
    isFixed: true,
    weight: 1,
    countsLimited: true,
    countsEverybody: true,
    groupBy: (record) => record.ip_address,
    matches: () => true,
    marks: ({ username }) => username !== null,
    explain: ({ count, threshold, window }) =>
      `${count} requests ${inTheHour(window)}, more than ${threshold}`,
  };
}
