import { createAccountTag } from "../accounts/account_tag.ts";
import type { AuditEntry } from "../store/audit.ts";
import type { Incident } from "../detection/incidents/incident.ts";
import type { StoredFinding } from "../detection/stored_finding.ts";
import type { AccessEntry } from "../lists/access_entry.ts";
import { eraseUsername } from "../log/erase.ts";
import type { Note } from "../lists/notes.ts";
import { keys } from "../store/keys.ts";
import type { TraceStore } from "./address_traces.ts";
import { rewriteLogins } from "./login_events.ts";
import { rewrite } from "./rewrite.ts";

/** A deleted account whose traces are to be erased. */
export interface AccountOrder {
  kind: "account";
  user_id: string;
  username: string;
  /** What stands in the audit trail from now on. */
  pseudonym: string;
  /** When the account was deleted, epoch ms: who has the name later is somebody else. */
  until: number;
}

/** The traces of an account that were counted or erased. */
export interface AccountErased {
  kind: "account";
  username: string;
  pseudonym: string;
  /** Requests that named the user. */
  requests: number;
  /** Requests of the last two minutes, which are erased later. */
  left: number;
  logins: number;
  /** Counters of limits, logins that wait for a code. */
  other_rows: number;
  /** Entries of the audit trail, lists, findings and notes that name a pseudonym now. */
  pseudonyms: number;
}

/** A pseudonym for entries that must be kept. */
export function newPseudonym(): string {
  return `erased-${crypto.getRandomValues(new Uint8Array(4)).toHex()}`;
}

/**
 * Erases the remaining traces of a deleted account. If it is interrupted, the next run continues.
 */
export async function eraseAccountTraces(
  store: TraceStore,
  { user_id, username, pseudonym, until }: AccountOrder,
): Promise<AccountErased> {
  const { kv, now, dryRun } = store;
  const tag = (await createAccountTag(kv))(username);
  const { requests, left } = await eraseUsername(kv, now, username, {
    dryRun,
    until,
  });
  const logins = await rewriteLogins(
    store,
    ([at, ip, account, outcome]) =>
      account === tag && at <= until ? [at, ip, NOBODY, outcome] : undefined,
  );
  const isTheirs = (name: string) =>
    name === user_id || name === tag || name.endsWith(` ${tag}`);
  const other_rows = await rewrite(
    store,
    keys.throttlesAll(),
    (_, key) => isTheirs(String(key.at(-1))) ? null : undefined,
  ) + await rewrite<{ user_id?: string }>(
    store,
    keys.pendingLoginsAll(),
    (pending) => pending.user_id === user_id ? null : undefined,
  );

  const renamed = <T extends object>(
    row: T,
    at: number | null,
    ...fields: (keyof T)[]
  ): T | undefined => {
    if ((at ?? 0) > until) return undefined;
    const named = fields.filter((field) => row[field] === username);
    if (named.length === 0) return undefined;
    const copy = { ...row };
    for (const field of named) copy[field] = pseudonym as T[keyof T];
    return copy;
  };
  const created = (entry: AccessEntry) =>
    renamed(entry, entry.created_at, "created_by");
  const pseudonyms = await rewrite<AuditEntry>(
    store,
    keys.auditAll(),
    (entry) => {
      const about = renamed(entry, entry.at, "who", "target");
      const { reverse } = entry;
      if (entry.at > until || reverse === undefined) return about;
      // The account no longer exists, so its role change cannot be undone.
      if (reverse.kind === "user" && reverse.id === user_id) {
        const { reverse: _, ...rest } = about ?? entry;
        return rest;
      }
      if (
        reverse.kind === "watch" && reverse.before.decided_by === username
      ) {
        const before = { ...reverse.before, decided_by: pseudonym };
        return { ...about ?? entry, reverse: { ...reverse, before } };
      }
      return reverse.kind === "relist" && reverse.created_by === username
        ? { ...about ?? entry, reverse: { ...reverse, created_by: pseudonym } }
        : about;
    },
  ) +
    await rewrite<AccessEntry>(store, keys.accessAll("blocked"), created) +
    await rewrite<AccessEntry>(store, keys.accessAll("safe"), created) +
    await rewrite<StoredFinding>(
      store,
      keys.findingsAll(),
      (finding) => renamed(finding, finding.resolved_at, "resolved_by"),
    ) +
    await rewrite<Incident>(
      store,
      keys.incidentsAll(),
      (incident) => renamed(incident, incident.updated_at, "decided_by"),
    ) +
    await rewrite<Note>(
      store,
      keys.notesAll(),
      (note) => renamed(note, note.at, "by"),
    );
  return {
    kind: "account",
    ...{ username, pseudonym, requests, left, logins, other_rows, pseudonyms },
  };
}

/** The tag that stands for no account. */
const NOBODY = "0".repeat(16);
