/**
 * Resolves findings and incidents, or reopens them, and records the author, with an undo.
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

/** What was newly added to a list. */
export interface NewEntries {
  list: "blocked" | "safe";
  entries: [ip: string, created_at: number][];
}

/** The author, the new state and the decision. */
export interface SettleOrder {
  isActive: boolean;
  who: Author;
  why: string;
  /** @default {"dismissed"} */
  decision?: Settled;
  /** What was added to a list for it; its undo removes that again. */
  listed?: NewEntries;
}

/** What was changed, and the audit entry; null if nothing changed. */
export interface SettledNow<T> {
  changed: T[];
  entry: AuditEntry | null;
}

/** Settles findings; skips those already in that state and those that do not exist. */
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
  // A single address is stored as the target, so that it can be erased with the others.
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
    // The reason of one already in that state may be changed.
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
