import { HOUR } from "../../base/duration.ts";
import type { SummaryRule } from "../summary.ts";
import { counted, inTheHour } from "./words.ts";

/**
 * The fewest requests of a spike, which is also at least twice the usual number, whatever the
 * deviation.
 */
const LEAST = 500;
/** Makes the median absolute deviation comparable to a standard deviation. */
const SCALE = 1.4826;

/**
 * The whole site has far more requests than usual at this hour of the week. The measure is robust:
 * median and median absolute deviation of that hour in past weeks (Iglewicz and Hoaglin, "How to
 * Detect and Handle Outliers", 1993), so that one past spike does not hide the next. With too few
 * known weeks there is no finding.
 */
export function trafficSpike(): SummaryRule {
  return {
    name: "traffic_spike",
    about:
      "More requests of the whole site than usual at this hour of the week; the threshold is in robust standard deviations.",
    stream: "findings",
    severity: "warning",
    windowMs: HOUR,
    threshold: 6,
    weight: 0,
    judge({ period, clients, baseline }, { threshold, severity }) {
      if (baseline === null) return [];
      const { median, mad, hours } = baseline;
      const count = clients.requests;
      // Requests are random, so even a steady site varies by about its square root.
      const deviation = Math.max(SCALE * mad, Math.sqrt(median), 1);
      const strays = (count - median) / deviation;
      if (strays <= threshold || count < Math.max(2 * median, LEAST)) return [];
      return [{
        subject: "*",
        severity,
        count,
        first: period.from,
        last: period.to - 1,
        evidence: [],
        explanation: `${counted(count, "request")} in all ${
          inTheHour(period)
        }, usually ${
          Math.round(median).toLocaleString("en")
        } (median of ${hours} such hours)`,
      }];
    },
  };
}
