import { HOUR } from "../../base/duration.ts";
import { SETTINGS } from "../../settings/table.ts";
import { isPagePiece } from "../page_piece.ts";
import type { Rule } from "../rule.ts";
import { inTheHour } from "./words.ts";

/** What {@linkcode highVolume} can be told. */
export interface HighVolumeOptions {
  /** More than this many requests in an hour are a finding (`SUSPICIOUS_REQUEST_THRESHOLD`). */
  threshold: number;
}

const VARIABLE = "SUSPICIOUS_REQUEST_THRESHOLD";
/** Where the variable says something else, it holds; otherwise the console may change the number. */
const DEFAULT = Number(SETTINGS[VARIABLE].default);

/**
 * Until several times the threshold, pieces of pages apart, it is info: many apps' ordinary use is as
 * much.
 */
const SEVERAL = 5;

/**
 * More than the threshold's requests from one address in the hour. Requests over a limit (429)
 * count: they were made, and a finding changes no limit. Those our blocklist refused do not.
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
