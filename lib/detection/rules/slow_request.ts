import type { Rule } from "../rule.ts";
import { MINUTE } from "../../base/duration.ts";
import { counted, within } from "./words.ts";

/** A client with more than half as many successes as timeouts has a bad connection. */
const SERVED = 2;

/**
 * Requests that timed out because they arrived too slowly (408): Slowloris, R-U-Dead-Yet and
 * slowhttptest hold connections with bodies that never end. A bad connection causes a few timeouts,
 * but also complete requests.
 */
export function slowRequest(): Rule {
  return {
    name: "slow_request",
    about:
      "Requests that time out, from a client with hardly any complete ones: an attempt to exhaust connections (Slowloris).",
    severity: "critical",
    windowMs: 10 * MINUTE,
    everyMs: 5 * MINUTE,
    threshold: 20,
    weight: 1,
    only: { status: (status) => status === 408 },
    groupBy: (record) => record.ip_address,
    matches: () => true,
    raise({ count, client }) {
      if (client.accepted) return "info";
      return client.succeeded * SERVED > count ? "info" : "critical";
    },
    explain: ({ count, window }) =>
      `${counted(count, "request")} that timed out ${within(window)}`,
  };
}
