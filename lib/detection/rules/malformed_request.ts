import { HOUR } from "../../base/duration.ts";
import { BIT } from "../../signals/signal.ts";
import type { Rule } from "../rule.ts";
import { isServed } from "../seen.ts";
import { counted, inTheHour } from "./words.ts";

/**
 * Requests that are no HTTP, or of a kind that nobody has, from a client that never sent one that
 * could be served: a scanner for other services, or a flood of rubbish. A person whose browser spells
 * an old address badly has pages, too.
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
