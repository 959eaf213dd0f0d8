import { HOUR, MINUTE } from "../../base/duration.ts";
import type { SummaryRule } from "../summary.ts";
import { counted, minuteOf } from "./words.ts";

/** A finding needs more requests of the whole site in a minute than this. */
export const SITE_FLOOD = 1_200;

/**
 * The whole site has a multiple of a usual minute's requests, from whatever clients; critical if
 * responses get slower or fail at the same time. The finding names no client: `flood` lists those
 * that take part.
 */
export function siteFlood(): SummaryRule {
  return {
    name: "site_flood",
    about:
      "More requests for the whole site in a minute than the threshold, and five times as many as usual; critical if latency or errors rise with it.",
    stream: "findings",
    severity: "warning",
    windowMs: HOUR,
    threshold: SITE_FLOOD,
    weight: 0,
    judge({ clients }, { threshold, severity }) {
      const floods = clients.minutes.floods(threshold);
      const worst = floods.reduce<typeof floods[number] | null>(
        (best, each) =>
          best === null || Number(each.hurts) > Number(best.hurts) ||
            each.hurts === best.hurts && each.requests > best.requests
            ? each
            : best,
        null,
      );
      if (worst === null) return [];
      const { requests, at, usual, hurts, errors } = worst;
      const slow = worst.latency === null
        ? ""
        : `, ${Math.round(worst.latency)} ms per response${
          worst.usualLatency === null
            ? ""
            : ` (usually ${Math.round(worst.usualLatency)})`
        }`;
      const failed = errors === 0 ? "" : `, ${counted(errors, "error")}`;
      return [{
        subject: "*",
        severity: hurts ? "critical" : severity,
        count: requests,
        first: at,
        last: floods.at(-1)!.at + MINUTE - 1,
        evidence: [],
        explanation: `${counted(requests, "request")} for the whole site in ` +
          `the minute from ${minuteOf(at)}, usually ${
            usual.toLocaleString("en")
          }${slow}${failed}`,
      }];
    },
  };
}
