import { HOUR } from "../../base/duration.ts";
import { BIT } from "../../signals/signal.ts";
import type { Rule } from "../rule.ts";
import { counted, inTheHour } from "./words.ts";

/** More than this many are a persistent search for proxies. */
const MANY = 5;

/**
 * Requests for other hosts: CONNECT, and absolute targets that are not ours. No browser sends one to
 * a server that is not its proxy; CrowdSec's `http-open-proxy`.
 */
export function openProxy(): Rule {
  return {
    name: "open_proxy",
    about:
      "Requests for other hosts, to find out whether this server is an open proxy; critical when there are more than five.",
    severity: "warning",
    windowMs: HOUR,
    threshold: 0,
    weight: 1,
    only: { path: () => false, orSignals: BIT.proxy },
    groupBy: (record) => record.ip_address,
    matches: (record) => (record.signals & BIT.proxy) !== 0,
    raise: ({ count, threshold }) =>
      count > threshold + MANY ? "critical" : "warning",
    explain: ({ count, window }) =>
      `${counted(count, "request")} for other hosts ${inTheHour(window)}`,
  };
}
