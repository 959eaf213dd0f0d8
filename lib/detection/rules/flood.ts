import { HOUR, MINUTE } from "../../base/duration.ts";
import type { Client, Clients } from "../clients.ts";
import type { SiteFlood } from "../site_minutes.ts";
import type { Severity } from "../types.ts";
import type { SummaryFinding, SummaryRule } from "../summary.ts";
import { SITE_FLOOD } from "./site_flood.ts";
import { counted, minuteOf } from "./words.ts";

/** Critical above this multiple of the threshold. */
const SEVERE = 2;
/** A client that nearly always fails and has this many user agents is a single program. */
const AGENTS = 8;
/** In a flood that hurts, a client takes part above the threshold divided by this. */
const PART = 5;
/** Or with this many requests for one page within ten seconds, and this many in a minute. */
const RUN = 20;
const BUSY = 40;
/** This many similar clients at once are a herd, whose members take part with fewer requests. */
const HERD = 20;
const HERD_RUN = 10;

/**
 * More requests in a minute than a person or a well-behaved program makes: fail2ban's
 * `http-get-dos`, CrowdSec's `http-dos-*`. An accepted client, such as one that copies files, is a
 * warning at most. If the whole site suffers, it is critical for every other client that takes
 * part.
 */
export function flood(): SummaryRule {
  return {
    name: "flood",
    about:
      "Many requests of one client in a minute, or for one page within seconds with another site as referrer, or with many user agents; critical from twice the threshold on, and for participants of a flood that affects the whole site.",
    stream: "findings",
    severity: "critical",
    windowMs: HOUR,
    threshold: 600,
    weight: 1,
    judge({ clients }, { threshold }) {
      const hurting = new Map(
        clients.minutes.floods(SITE_FLOOD).filter(({ hurts }) => hurts)
          .map((minute) => [minute.at, minute]),
      );
      const herds = herdsOf(clients, hurting);
      const found: SummaryFinding[] = [];
      for (const client of clients.all()) {
        const hurt = hurting.get(client.peakAt);
        const takesPart = hurt !== undefined && !client.accepted &&
          (client.peak > threshold / PART ||
            client.run >= RUN && client.peak >= BUSY ||
            (herds.get(herdOf(client)) ?? 0) >= HERD &&
              client.run >= HERD_RUN);
        const severity = takesPart ? "critical" : severityOf(client, threshold);
        if (severity === null) continue;
        const { key, first, last, sample } = client;
        const { address, addresses } = clients.busiest(key);
        found.push({
          subject: address,
          severity,
          count: client.peak,
          first: Math.max(first, client.peakAt),
          last: Math.min(last, client.peakAt + MINUTE - 1),
          evidence: sample === null ? [] : [sample],
          explanation: `${counted(client.peak, "request")} in the minute from ${
            minuteOf(client.peakAt)
          }${addresses > 1 ? `; ${addresses} addresses of ${key}` : ""}${
            client.agents >= AGENTS ? `; ${client.agents} user agents` : ""
          }${takesPart ? "; the whole site was affected" : ""}`,
        });
      }
      return found;
    },
  };
}

/** The key of a herd: clients with the same user agent and the same busiest minute. */
function herdOf({ agent, peakAt }: Client): string {
  return `${peakAt} ${agent}`;
}

function herdsOf(
  clients: Clients,
  hurting: ReadonlyMap<number, SiteFlood>,
): Map<string, number> {
  const herds = new Map<string, number>();
  if (hurting.size === 0) return herds;
  for (const client of clients.all()) {
    if (!hurting.has(client.peakAt) || client.run < HERD_RUN) continue;
    const herd = herdOf(client);
    herds.set(herd, (herds.get(herd) ?? 0) + 1);
  }
  return herds;
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
