/**
 * How the sweep removes whole addresses when `PRIVACY_IP` does not allow keeping them: findings,
 * blocks and what was done about them need the address for as long as they are active, and a few
 * hours longer for undoing. After that it is replaced by its stored form.
 *
 * @module
 */
import { addressesIn, type AuditEntry } from "../store/audit.ts";
import { type Finding, findingIds } from "../detection/finding.ts";
import type { Incident } from "../detection/incidents/incident.ts";
import { put, readFinding, readIndex } from "../detection/finding_index.ts";
import {
  type StoredFinding,
  unpackFinding,
} from "../detection/stored_finding.ts";
import { type AccessEntry, isLive } from "../lists/access_entry.ts";
import { canonicalIp } from "../net/ip.ts";
import type { Note } from "../lists/notes.ts";
import {
  type AddressStorage,
  GRACE_MS,
  HASH_KEY_HELD_MS,
} from "../privacy/address_storage.ts";
import { keys } from "../store/keys.ts";
import type { Kind, SweepContext } from "./kinds.ts";
import { under } from "./ranges.ts";

/** Whether an address is one that would not be stored like that. */
export function isWhole(
  ip: string,
  { isForm, stored }: Pick<AddressStorage, "isForm" | "stored">,
): boolean {
  return canonicalIp(ip) === ip && !isForm(ip) && stored(ip) !== ip;
}

/** Replaces an address wherever it stands in the texts of a value. */
export function withoutAddress<T>(value: T, ip: string, form: string): T {
  const escaped = ip.replace(/[.]/g, "\\.");
  const pattern = new RegExp(`(?<![\\w.:])${escaped}(?![\\w:]|\\.\\d)`, "gi");
  const walk = (each: unknown): unknown => {
    if (typeof each === "string") return each.replace(pattern, form);
    if (Array.isArray(each)) return each.map(walk);
    if (typeof each !== "object" || each === null) return each;
    // What is no plain object, such as bytes, holds no text of ours.
    if (Object.getPrototypeOf(each) !== Object.prototype) return each;
    return Object.fromEntries(
      Object.entries(each).map(([name, value]) => [name, walk(value)]),
    );
  };
  return walk(value) as T;
}

/** Tells whether anything is active against addresses; reads the findings once. */
export function activity(
  kv: Deno.Kv,
  now: number,
): (ip: string) => Promise<boolean> {
  let accused: Promise<Set<string>> | undefined;
  return async function isActive(ip) {
    for (const list of ["blocked", "safe"] as const) {
      const { value } = await kv.get<AccessEntry>(keys.access(list, ip));
      if (value && isLive(value, now)) return true;
    }
    return (await (accused ??= accusedAddresses(kv, now))).has(ip);
  };
}

async function accusedAddresses(
  kv: Deno.Kv,
  now: number,
): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { value } of readIndex(kv)) {
    if (value.is_active && value.expires_at > now) found.add(value.ip_address);
  }
  return found;
}

function applies({ addresses }: SweepContext): boolean {
  return addresses.mode !== "full";
}

const findings: Kind = {
  name: "finding_forget",
  applies,
  range: under(keys.findingsAll()),
  async judge({ value }, { kv, now, addresses, isActive }) {
    const finding = unpackFinding(value as StoredFinding);
    const { ip_address: ip, resolved_at } = finding;
    if (finding.is_active || (resolved_at ?? 0) + GRACE_MS > now) return null;
    if (!isWhole(ip, addresses) || await isActive(ip)) return null;
    const form = addresses.storedAt(ip, finding.last_seen);
    const replaced = withoutAddress(finding, ip, form);
    const [id] = findingIds([replaced]);
    const place = await readFinding(kv, id!);
    // If two become one, the later resolution applies to both.
    const known = place.value;
    const kept: Finding = known !== null && known.last_seen > finding.last_seen
      ? known
      : { ...replaced, id: id! };
    return {
      kind: "changed",
      checks: 1,
      add(commit) {
        commit.delete(keys.finding(finding.id))
          .delete(keys.findingByTime(finding.flagged_at, finding.id))
          .check(place);
        put(commit, known, kept, now);
      },
    };
  },
};

const audit: Kind = {
  name: "audit_forget",
  applies,
  range: under(keys.auditAll()),
  async judge({ key, value }, { now, addresses, isActive }) {
    const entry = value as AuditEntry;
    if (entry.is_forgotten || entry.at + GRACE_MS > now) return null;
    const named = [
      entry.target,
      entry.undo?.ip_address,
      ...addressesIn(entry.reverse),
      entry.from,
    ];
    const whole = [...new Set(named)].filter((ip): ip is string =>
      typeof ip === "string" && isWhole(ip, addresses)
    );
    let changed = entry;
    let isAll = true;
    for (const ip of whole) {
      if (await isActive(ip)) isAll = false;
      else {
        const form = addresses.storedAt(ip, entry.at);
        changed = withoutAddress(changed, ip, form);
        // The time for undoing is over, and the ids of findings contain the address.
        if (ip === entry.undo?.ip_address) changed = { ...changed, undo: null };
        if (addressesIn(entry.reverse).includes(ip)) {
          changed = { ...changed, reverse: undefined };
        }
      }
    }
    if (isAll && entry.reverse?.kind === "findings") {
      changed = { ...changed, reverse: undefined };
    }
    // Marked as done, so that it is not read again.
    if (isAll) changed = { ...changed, is_forgotten: true };
    if (changed === entry) return null;
    const expireIn = Math.max(1, entry.expires_at - now);
    return {
      kind: "changed",
      add: (commit) => void commit.set(key, changed, { expireIn }),
    };
  },
};

const incidents: Kind = {
  name: "incident_forget",
  applies,
  range: under(keys.incidentsAll()),
  async judge({ key, value }, { now, addresses, isActive }) {
    const incident = value as Incident;
    if (incident.updated_at + GRACE_MS > now) return null;
    let changed = incident;
    for (const ip of incident.addresses) {
      if (!isWhole(ip, addresses) || await isActive(ip)) continue;
      const form = addresses.storedAt(ip, incident.last_seen);
      changed = withoutAddress(changed, ip, form);
    }
    if (changed === incident) return null;
    const expireIn = Math.max(1, incident.expires_at - now);
    return {
      kind: "changed",
      add: (commit) => void commit.set(key, changed, { expireIn }),
    };
  },
};

const notes: Kind = {
  name: "note_forget",
  applies,
  range: under(keys.notesAll()),
  async judge({ key, value }, { kv, now, addresses, isActive }) {
    const note = value as Note;
    const ip = key[1] as string;
    if (note.at + GRACE_MS > now || !isWhole(ip, addresses)) return null;
    if (await isActive(ip)) return null;
    const form = addresses.stored(ip);
    const place = await kv.get<Note>(keys.note(form));
    // A note about a whole network stays until it is deleted.
    const expires_at = addresses.mode === "hashed"
      ? now + HASH_KEY_HELD_MS
      : undefined;
    const moved: Note = {
      ...withoutAddress(note, ip, form),
      ...(expires_at === undefined ? {} : { expires_at }),
    };
    const expireIn = expires_at === undefined ? undefined : expires_at - now;
    return {
      kind: "changed",
      checks: 1,
      add(commit) {
        commit.delete(key).check(place);
        if (place.value === null || place.value.at < note.at) {
          commit.set(place.key, moved, { expireIn });
        }
      },
    };
  },
};

/** Kinds that the sweep rewrites, and when. */
export const FORGET_KINDS: readonly Kind[] = [
  findings,
  incidents,
  audit,
  notes,
];
