import { HOUR } from "../../base/duration.ts";
import { BIT } from "../../signals/signal.ts";
import type { Rule } from "../rule.ts";
import { isServed } from "../seen.ts";
import { counted, inTheHour } from "./words.ts";

/**
 * Requests that are not HTTP, or forged, from a client without a single successful request: a
 * scanner for other services, or a flood of garbage. A person whose browser sends an old malformed
 * URL gets other pages, too.
 */
export function malformedRequest(): Rule {
  return {
    name: "malformed_request",
    about:
      "Malformed or forged requests, as scanners and broken tools send them.",
    severity: "warning",
    windowMs: HOUR,
    threshold: 0,
    weight: 1,
    only: { method: (method) => method === "-", orSignals: BIT.protocol },
    groupBy: (record) => record.ip_address,
    matches: ({ status }) => !isServed(status),
    raise: ({ client }) => client.succeeded === 0 ? "warning" : "info",
    explain: ({ count, window }) =>
      `${counted(count, "malformed request")} ${inTheHour(window)}`,
  };
}
