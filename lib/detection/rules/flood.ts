import type { Client } from "../clients.ts";
import type { Severity } from "../types.ts";
import type { SummaryFinding, SummaryRule } from "../summary.ts";
import { HOUR, MINUTE } from "../types.ts";
import { counted } from "./words.ts";

/** From so many times the threshold on it is critical. */
const SEVERE = 2;
/** So many user agents of a client that nearly always fails are one program's. */
const AGENTS = 8;

/**
 * More requests in a minute than a person, or a program that means well, makes: fail2ban's
 * `http-get-dos`, CrowdSec's `http-dos-*`. A client that the app knows, such as one that copies
 * files, is a warning at most.
 */
export function flood(): SummaryRule {
  return {
    name: "flood",
    about:
      "Many requests of one client in a minute, for one page within seconds as if another site had led there, or under ever new user agents; critical from twice the threshold on.",
    stream: "findings",
    severity: "critical",
    windowMs: HOUR,
    threshold: 600,
    weight: 1,
    judge({ clients }, { threshold }) {
      const found: SummaryFinding[] = [];
      for (const [key, client, first, last] of clients.all()) {
        const severity = severityOf(client, threshold);
        if (severity === null) continue;
        const { address, addresses } = clients.busiest(key);
        found.push({
          subject: address,
          severity,
          count: client.peak,
          first: Math.max(first, client.peakAt),
          last: Math.min(last, client.peakAt + MINUTE - 1),
          evidence: [],
          explanation: `${counted(client.peak, "request")} in the minute from ${
            new Date(client.peakAt).toISOString().slice(0, 16).replace("T", " ")
          } UTC${addresses > 1 ? `; ${addresses} addresses of ${key}` : ""}${
            client.agents >= AGENTS ? `; ${client.agents} user agents` : ""
          }`,
        });
      }
      return found;
    },
  };
}

function severityOf(client: Client, threshold: number): Severity | null {
  const { peak, accepted, foreignRun, agents, succeeded, failed } = client;
  if (peak > SEVERE * threshold) return accepted ? "warning" : "critical";
  if (peak > threshold) return accepted ? "info" : "warning";
  if (accepted) return null;
  if (foreignRun > 0) return "warning";
  const fails = failed > 4 * succeeded;
  return agents >= AGENTS && fails ? "warning" : null;
}
