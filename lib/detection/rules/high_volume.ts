import { HOUR } from "../../base/duration.ts";
import { SETTINGS } from "../../settings/table.ts";
import { isPagePiece } from "../page_piece.ts";
import type { Rule } from "../rule.ts";
import { inTheHour } from "./words.ts";

/** Options of {@linkcode highVolume}. */
export interface HighVolumeOptions {
  /** More than this many requests in an hour are a finding (`SUSPICIOUS_REQUEST_THRESHOLD`). */
  threshold: number;
}

const VARIABLE = "SUSPICIOUS_REQUEST_THRESHOLD";
/**
 * If the variable has another value, that is fixed; otherwise the console may change the number.
 */
const DEFAULT = Number(SETTINGS[VARIABLE].default);

/**
 * Up to this multiple of the threshold, without parts of pages, it is info: ordinary use of many
 * apps is as high.
 */
const SEVERAL = 5;

/**
 * More requests from one address in the hour than the threshold. Throttled requests (429) count,
 * because a finding changes no limit. Those that our blocklist refused do not.
 */
export function highVolume({ threshold }: HighVolumeOptions): Rule {
  return {
    name: "high_volume",
    about:
      "More requests from one address in an hour than SUSPICIOUS_REQUEST_THRESHOLD.",
    severity: "info",
    windowMs: HOUR,
    threshold,
    ...threshold === DEFAULT ? {} : { isFixed: true, fixedBy: VARIABLE },
    hasFixedWindow: true,
    weight: 1,
    countsLimited: true,
    groupBy: (record) => record.ip_address,
    matches: () => true,
    marks: (record) => !isPagePiece(record),
    raise: ({ marked, threshold }) =>
      marked > SEVERAL * threshold ? "warning" : "info",
    explain: ({ count, threshold, window }) =>
      `${count} requests ${inTheHour(window)}, more than ${threshold}`,
  };
}
