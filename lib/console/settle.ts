/**
 * Resolves findings and incidents, or opens them again, and records who did it, with its undo.
 *
 * @module
 */
import type { Finding, Settled } from "../detection/finding.ts";
import { getFinding, setFindingActive } from "../detection/findings.ts";
import type { Incident } from "../detection/incidents/incident.ts";
import {
  getIncident,
  setIncidentActive,
} from "../detection/incidents/store.ts";
import { appendAudit, type AuditEntry } from "../store/audit.ts";
import type { Author } from "./block_request.ts";
import type { ConsoleParts } from "./console_parts.ts";

/** What was newly put on a list. */
export interface NewEntries {
  list: "blocked" | "safe";
  entries: [ip: string, created_at: number][];
}

/** Who settles what as what. */
export interface SettleOrder {
  isActive: boolean;
  who: Author;
  why: string;
  /** @default {"dismissed"} */
  decision?: Settled;
  /** What was put on a list for it; its undo takes that off again. */
  listed?: NewEntries;
}

/** What was changed, and the entry of the audit trail; none where all was so already. */
export interface SettledNow<T> {
  changed: T[];
  entry: AuditEntry | null;
}

/** Settles findings; those that are as they should be, or not there, are left alone. */
export async function settleFindings(
  { kv, now }: Pick<ConsoleParts, "kv" | "now">,
  ids: readonly string[],
  { isActive, who, why, decision = "dismissed", listed }: SettleOrder,
): Promise<SettledNow<Finding>> {
  const changed: Finding[] = [];
  for (const id of ids) {
    const before = await getFinding(kv, id, now());
    if (before === null || before.is_active === isActive) continue;
    const after = await setFindingActive(kv, id, isActive, {
      ...{ by: who.by, why, decision, now: now() },
    });
    if (after) changed.push(after);
  }
  const [one] = changed;
  if (one === undefined) return { changed, entry: null };
  // An address stands alone there, so that it can be forgotten with the others.
  const target = changed.length === 1
    ? one.ip_address
    : `${changed.length} findings`;
  const entry = await appendAudit(kv, {
    who: who.by,
    what: isActive ? "reopen_finding" : "resolve_finding",
    target,
    from: who.from,
    why: changed.length === 1
      ? `${one.rule}${why ? `: ${why}` : ""}`
      : why || null,
    reverse: {
      kind: "findings",
      ids: changed.map(({ id }) => id),
      is_active: !isActive,
      ...listed?.entries.length ? { listed } : {},
    },
  }, now());
  return { changed, entry };
}

/** Settles incidents with their findings. */
export async function settleIncidents(
  { kv, now }: Pick<ConsoleParts, "kv" | "now">,
  ids: readonly string[],
  { isActive, who, why, decision = "dismissed", listed }: SettleOrder,
): Promise<SettledNow<Incident>> {
  const changed: Incident[] = [];
  const turned: string[] = [];
  for (const id of ids) {
    const before = await getIncident(kv, id, now());
    if (before === null) continue;
    // One that stands so already may be given another reason.
    const isSame = before.is_active === isActive;
    if (isSame && (why === "" || why === before.reason)) continue;
    const after = await setIncidentActive(kv, id, isActive, {
      ...{ by: who.by, why, decision, now: now() },
    });
    if (after) changed.push(after);
    if (after && !isSame) turned.push(id);
  }
  const [one] = changed;
  if (one === undefined) return { changed, entry: null };
  const entry = await appendAudit(kv, {
    who: who.by,
    what: isActive ? "reopen_incident" : "resolve_incident",
    target: changed.length === 1
      ? `incident ${one.id}`
      : `${changed.length} incidents`,
    from: who.from,
    why: why || null,
    reverse: turned.length === 0 ? undefined : {
      ...{ kind: "incidents", ids: turned, is_active: !isActive },
      ...listed?.entries.length ? { listed } : {},
    },
  }, now());
  return { changed, entry };
}
