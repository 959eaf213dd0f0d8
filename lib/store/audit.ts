import { cursorOf } from "../base/cursor.ts";
import type { AuditAction } from "./audit_actions.ts";
import { keys } from "./keys.ts";
import { write } from "./retry.ts";
import { cutBytes } from "../base/text.ts";
import { DAY } from "../base/duration.ts";

/**
 * An entry of the audit trail: who did what to which target, from where and why. Times are epoch
 * milliseconds.
 */
export interface AuditEntry {
  id: string;
  at: number;
  /** A user's name, or `auto:<rule>` for an action of a rule. */
  who: string;
  /** The action, e.g. `block` or `undo_block`. */
  what: string;
  /** The target of the action. */
  target: string;
  /** The address that the request came from; null for a job. */
  from: string | null;
  why: string | null;
  /** How to undo it; null if there is nothing to undo. */
  undo: AuditUndo | null;
  /** How to undo a change of the policy. */
  policy?: PolicyUndo;
  /** How to undo any other manual action. */
  reverse?: Reversal;
  expires_at: number;
  /** Its addresses were replaced by their stored forms (`PRIVACY_IP`), or it has none. */
  is_forgotten?: true;
}

/** How a change of the policy is undone. */
export interface PolicyUndo {
  /** The version that was active before; 0: none. */
  version: number;
  /** The version that the change created; it can only be undone while that is active. */
  made: number;
}

/** How a manual action is undone. */
export type Reversal =
  /** An entry was added to a list: it is removed, if unchanged. */
  | {
    kind: "unlist";
    list: "blocked" | "safe";
    ip_address: string;
    created_at: number;
  }
  /** An entry was removed from a list: it is restored. */
  | {
    kind: "relist";
    list: "blocked" | "safe";
    ip_address: string;
    reason: string;
    created_by: string;
    expires_at: number | null;
  }
  /** Several addresses were blocked: each block is removed, if unchanged. */
  | {
    kind: "unlist_many";
    entries: [ip: string, created_at: number][];
    /** The incident that it decided, in older entries. */
    incident?: string;
    /** The incidents that it decided, which are reopened. */
    incidents?: string[];
  }
  | {
    kind: "user";
    id: string;
    action: "promote" | "demote" | "disable" | "enable";
  }
  | {
    kind: "rule";
    name: string;
    before: { armed?: boolean; threshold?: number; windowMs?: number };
    after: { armed?: boolean; threshold?: number; windowMs?: number };
  }
  /** A feed was added: it is removed, if it is still the same one. */
  | { kind: "remove_feed"; name: string; created_at: number }
  /** A feed's list was applied, discarded or imported: the previous state is restored. */
  | { kind: "feed_list"; name: string; id: string }
  /** A feed or a receiver of alerts was removed: it is restored. */
  | { kind: "restore_feed"; name: string }
  | { kind: "restore_receiver"; id: string }
  /** A receiver of alerts was added: it is removed. */
  | { kind: "remove_receiver"; id: string }
  /** A receiver's settings were changed: they are restored. */
  | {
    kind: "receiver";
    id: string;
    before: ReceiverState;
    after: ReceiverState;
  }
  /** A host name was added to the safelist: it is removed, if unchanged. */
  | { kind: "unlist_host"; host: string; created_at: number }
  /** A host name was removed or replaced: it is restored with its last addresses. */
  | {
    kind: "relist_host";
    host: string;
    reason: string;
    created_by: string;
    expires_at: number | null;
    addresses: string[];
  }
  /** Detection challenged an address: the challenge ends, and its findings are resolved. */
  | { kind: "unchallenge"; ip_address: string; at: number; findings: string[] }
  /** A temporary rule was added: it is removed. */
  | { kind: "temporary_rule"; name: string }
  /** A temporary rule was removed: it is restored until its end. */
  | {
    kind: "restore_rule";
    rule: { name: string };
    until: number;
    created_by: string;
  }
  /** Incidents or findings were resolved or reopened: their state is restored. */
  | {
    kind: "incidents" | "findings";
    ids: string[];
    is_active: boolean;
    /** Entries that it added to a list, which are removed. */
    listed?: {
      list: "blocked" | "safe";
      entries: [ip: string, created_at: number][];
    };
  }
  /** An incident was watched: its state is restored. */
  | {
    kind: "watch";
    id: string;
    before: {
      reason: string | null;
      decided_by: string | null;
      told_severity: "info" | "warning" | "critical" | null;
      is_watched?: boolean;
    };
  };

/** The settings of a receiver that can be changed. */
export interface ReceiverState {
  least: "warning" | "critical";
  lists: boolean;
  quiet: { from: number; to: number } | null;
  is_paused: boolean;
}

/** The addresses needed to undo an action. */
export function addressesIn(reverse: Reversal | undefined): string[] {
  if (reverse?.kind === "unlist_many") return reverse.entries.map(([ip]) => ip);
  if (reverse?.kind === "relist_host") return reverse.addresses;
  if (reverse !== undefined && "listed" in reverse) {
    return (reverse.listed?.entries ?? []).map(([ip]) => ip);
  }
  return reverse !== undefined && "ip_address" in reverse
    ? [reverse.ip_address]
    : [];
}

/** How an automatic block is undone. */
export interface AuditUndo {
  kind: "block";
  ip_address: string;
  /** When the block expires. */
  until: number;
  /** The findings that led to it. */
  findings: string[];
}

/** The input of {@linkcode appendAudit}. */
export interface AuditRecord {
  who: string;
  what: AuditAction;
  target: string;
  from?: string | null;
  why?: string | null;
  undo?: AuditUndo | null;
  policy?: PolicyUndo;
  reverse?: Reversal;
}

/** How long an entry is kept, in milliseconds. */
export const AUDIT_RETENTION_MS = 365 * DAY;

/** An entry as stored; its texts are cut. */
export function auditEntry(record: AuditRecord, now: number): AuditEntry {
  return {
    id: crypto.randomUUID(),
    at: now,
    who: cutBytes(record.who, 128),
    what: cutBytes(record.what, 64),
    target: cutBytes(record.target, 256),
    from: record.from ? cutBytes(record.from, 64) : null,
    why: record.why ? cutBytes(record.why, 512) : null,
    undo: record.undo ?? null,
    ...record.policy ? { policy: record.policy } : {},
    ...record.reverse ? { reverse: record.reverse } : {},
    expires_at: now + AUDIT_RETENTION_MS,
  };
}

/** Adds an entry to a commit, so that the action and its record are stored together. */
export function putAudit(
  commit: Deno.AtomicOperation,
  entry: AuditEntry,
): Deno.AtomicOperation {
  return commit.set(keys.audit(entry.at, entry.id), entry, {
    expireIn: AUDIT_RETENTION_MS,
  });
}

/** Appends to the audit trail; entries cannot be changed or removed. */
export async function appendAudit(
  kv: Deno.Kv,
  record: AuditRecord,
  now: number,
): Promise<AuditEntry> {
  const entry = auditEntry(record, now);
  await write(() => putAudit(kv.atomic(), entry).commit());
  return entry;
}

/** Filters entries by author, action, target (substring) and time. */
export interface AuditFilter {
  who?: string;
  what?: string;
  target?: string;
  since?: number;
  until?: number;
}

/** A page of the audit trail, newest first. */
export interface AuditPage {
  items: AuditEntry[];
  /** Start of the next page, or null at the end. */
  cursor: string | null;
}

/**
 * Reads the audit trail, newest first.
 *
 * @throws {Refusal} if the cursor is not valid.
 */
export async function listAudit(
  kv: Deno.Kv,
  { limit, cursor, now, filter = {} }: {
    limit: number;
    cursor?: string | null;
    now: number;
    filter?: AuditFilter;
  },
): Promise<AuditPage> {
  const prefix = keys.auditAll();
  const after = CURSOR.read(cursor);
  const selector = after ? { prefix, end: keys.audit(...after) } : { prefix };
  const items: AuditEntry[] = [];
  const entries = kv.list<AuditEntry>(selector, {
    reverse: true,
    batchSize: Math.min(limit + 1, 500),
  });
  for await (const { value } of entries) {
    if (value.expires_at <= now) continue;
    // Entries are in order of time.
    if (filter.since !== undefined && value.at < filter.since) break;
    if (!passes(value, filter)) continue;
    if (items.length === limit) {
      const { at, id } = items.at(-1)!;
      return { items, cursor: CURSOR.write([at, id]) };
    }
    items.push(value);
  }
  return { items, cursor: null };
}

function passes(
  { who, what, target, at }: AuditEntry,
  filter: AuditFilter,
): boolean {
  const has = (text: string, part?: string) =>
    part === undefined || text.toLowerCase().includes(part.toLowerCase());
  return has(who, filter.who) && has(target, filter.target) &&
    (filter.what === undefined || what === filter.what) &&
    (filter.until === undefined || at < filter.until);
}

/** The entry with a time and id, or null. */
export async function getAudit(
  kv: Deno.Kv,
  at: number,
  id: string,
  now: number,
): Promise<AuditEntry | null> {
  if (!Number.isSafeInteger(at) || !/^[\da-f-]{36}$/.test(id)) return null;
  const { value } = await kv.get<AuditEntry>(keys.audit(at, id));
  return value && value.expires_at > now ? value : null;
}

/** When an entry was written, and its id. */
const CURSOR = cursorOf("number", "text");
