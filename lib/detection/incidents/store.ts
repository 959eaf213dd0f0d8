import { cursorOf } from "../../base/cursor.ts";
import { keys } from "../../store/keys.ts";
import { compareAndSet } from "../../store/retry.ts";
import type { Finding } from "../finding.ts";
import { type Resolution, setFindingActive } from "../findings.ts";
import { compareSeverity, SEVERITIES } from "../types.ts";
import { gather, type GatherOptions } from "./gather.ts";
import { type IncidentFilter, incidentMatches } from "./filter.ts";
import { type Incident, kindOf, worse } from "./incident.ts";

/** Which incidents are listed. */
export interface IncidentQuery {
  active?: boolean;
  filter?: IncidentFilter;
  limit: number;
  cursor?: string | null;
  now: number;
}

/** A page of incidents. */
export interface IncidentPage {
  items: Incident[];
  cursor: string | null;
  /** The total of all pages. */
  total: number;
}

/** The stored incident of an id, or null. */
export async function getIncident(
  kv: Deno.Kv,
  id: string,
  now: number,
): Promise<Incident | null> {
  const { value } = await kv.get<Incident>(keys.incident(id));
  return value !== null && value.expires_at > now ? value : null;
}

/** How urgent an incident is, when it was last seen, and its id. */
const CURSOR = cursorOf("number", "number", "text");
type Place = Parameters<typeof CURSOR.write>[0];

function placeOf({ is_active, severity, last_seen, id }: Incident): Place {
  return [is_active ? 1 + SEVERITIES.indexOf(severity) : 0, last_seen, id];
}

/** Less than 0 if an incident sorts before a position. */
function order(incident: Incident, [urgent, seen, other]: Place): number {
  const [urgency, last_seen, id] = placeOf(incident);
  return urgent - urgency || seen - last_seen ||
    (id < other ? -1 : id > other ? 1 : 0);
}

/**
 * Open incidents first, the most serious first; then the latest first. There are few, because an attack is one incident, however many
 * addresses take part.
 */
export async function listIncidents(
  kv: Deno.Kv,
  { active, filter = {}, limit, cursor, now }: IncidentQuery,
): Promise<IncidentPage> {
  const all = (await readAll(kv, now)).filter((incident) =>
    (active === undefined || incident.is_active === active) &&
    incidentMatches(incident, filter)
  ).sort((a, b) => order(a, placeOf(b)));
  const after = CURSOR.read(cursor);
  const start = after === null
    ? 0
    : all.findIndex((each) => order(each, after) > 0);
  if (start < 0) return { items: [], cursor: null, total: all.length };
  const items = all.slice(start, start + limit);
  const last = items.at(-1);
  return {
    items,
    total: all.length,
    cursor: last && start + limit < all.length
      ? CURSOR.write(placeOf(last))
      : null,
  };
}

/**
 * Gathers findings into the stored incidents.
 *
 * @returns the findings to alert about: one for each incident that is new, or worse than at its
 * last alert.
 */
export async function recordIncidents(
  kv: Deno.Kv,
  findings: readonly Finding[],
  options: GatherOptions,
): Promise<Finding[]> {
  if (findings.every(({ severity }) => severity === "info")) return [];
  return await compareAndSet(async () => {
    const entries = await readEntries(kv);
    const open = entries.flatMap(({ value }) =>
      value.is_active && value.expires_at > options.now ? value : []
    );
    const changed = gather(open, findings, options);
    const due: Finding[] = [];
    for (const incident of changed) {
      const finding = findingToAlert(incident, findings);
      if (finding) due.push(finding);
      const known = entries.find(({ key }) => key[1] === incident.id);
      const key = keys.incident(incident.id);
      const value = finding
        ? {
          ...incident,
          told_finding: finding.id,
          told_severity: finding.severity,
        }
        : incident;
      const { ok } = await kv.atomic()
        .check(known ?? { key, versionstamp: null })
        .set(key, value, { expireIn: incident.expires_at - options.now })
        .commit();
      if (!ok) return undefined;
    }
    return due;
  });
}

/** Closes an incident with its findings, or reopens both; null if it does not exist. */
export async function setIncidentActive(
  kv: Deno.Kv,
  id: string,
  isActive: boolean,
  { by, why, now, decision = "dismissed" }: Resolution,
): Promise<Incident | null> {
  const changed = await compareAndSet(async () => {
    const entry = await kv.get<Incident>(keys.incident(id));
    if (entry.value === null || entry.value.expires_at <= now) return null;
    const value: Incident = {
      ...entry.value,
      is_active: isActive,
      reason: why?.slice(0, 400) || null,
      decided_by: by,
      decision: isActive ? null : decision,
      is_watched: false,
      updated_at: now,
    };
    const commit = kv.atomic().check(entry).set(entry.key, value, {
      expireIn: value.expires_at - now,
    });
    return (await commit.commit()).ok ? value : undefined;
  });
  if (changed === null) return null;
  for (const finding of changed.findings) {
    await setFindingActive(kv, finding, isActive, {
      by,
      why: why ?? undefined,
      decision,
      now,
    });
  }
  return changed;
}

/** Marks an incident as watched: it stays open, and its next finding causes an alert. */
export async function watchIncident(
  kv: Deno.Kv,
  id: string,
  { by, why, now }: { by: string; why: string; now: number },
): Promise<Incident | null> {
  return await compareAndSet(async () => {
    const entry = await kv.get<Incident>(keys.incident(id));
    if (entry.value === null || entry.value.expires_at <= now) return null;
    const value: Incident = {
      ...entry.value,
      reason: why.slice(0, 400),
      decided_by: by,
      is_watched: true,
      told_severity: null,
      updated_at: now,
    };
    const commit = kv.atomic().check(entry).set(entry.key, value, {
      expireIn: value.expires_at - now,
    });
    return (await commit.commit()).ok ? value : undefined;
  });
}

/** What {@linkcode watchIncident} changes. */
export type WatchedBefore = Pick<
  Incident,
  "reason" | "decided_by" | "told_severity" | "is_watched"
>;

/** Removes a watch, if nothing else was decided since; false otherwise. */
export async function unwatchIncident(
  kv: Deno.Kv,
  id: string,
  before: WatchedBefore,
  now: number,
): Promise<boolean> {
  return await compareAndSet(async () => {
    const entry = await kv.get<Incident>(keys.incident(id));
    const { value } = entry;
    const isWatched = value !== null && value.expires_at > now &&
      value.is_active && !!value.is_watched;
    if (!isWatched) return false;
    const commit = kv.atomic().check(entry).set(entry.key, {
      ...value,
      ...before,
      // Alerts sent since are not repeated.
      told_severity: value.told_severity ?? before.told_severity,
      is_watched: before.is_watched ?? false,
      updated_at: now,
    }, { expireIn: value.expires_at - now });
    return (await commit.commit()).ok ? true : undefined;
  });
}

function findingToAlert(
  incident: Incident,
  findings: readonly Finding[],
): Finding | null {
  const { told_severity, severity } = incident;
  if (told_severity !== null && compareSeverity(severity, told_severity) <= 0) {
    return null;
  }
  const due = findings.filter((finding) =>
    incident.findings.includes(finding.id) && finding.severity === severity
  ).sort(worse);
  // A finding that summarises others says less than one of these.
  return due.find(({ rule }) => kindOf(rule) !== "other") ?? due[0] ?? null;
}

async function readAll(kv: Deno.Kv, now: number): Promise<Incident[]> {
  return (await readEntries(kv)).flatMap(({ value }) =>
    value.expires_at > now ? value : []
  );
}

function readEntries(kv: Deno.Kv): Promise<Deno.KvEntry<Incident>[]> {
  return Array.fromAsync(
    kv.list<Incident>({ prefix: keys.incidentsAll() }, { batchSize: 50 }),
  );
}
