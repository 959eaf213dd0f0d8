import type { AuditEntry } from "../store/audit.ts";
import type { AccessChange } from "../lists/access_entry.ts";
import { keys } from "../store/keys.ts";
import type { AlertEvent, ListChangeItem } from "./event.ts";

type ListEvent = Extract<AlertEvent, { type: "blocklist" }>;

/** How many changes of the lists are reported one by one. */
const MAX_ITEMS = 20;
/** Maximum time between an entry's creation and its change record, in milliseconds. */
const COMMIT_MS = 5_000;
const MAX_UNSIGNED = 5;
/** More changes than this at once are not read one by one. */
const MAX_CHANGES = 500;
/** How many of the latest audit entries are read to find who removed an entry. */
const AUDIT_DEPTH = 100;
/** Authors that are feeds or imported lists, which add many entries at once. */
const LISTS = /^(feed|import):/;
const REMOVALS = new Set(["unblock", "undo_block", "allow", "disallow"]);

/**
 * Changes of the lists after version `from` and up to `to`, by any process; null if there is
 * nothing to report, such as when an existing entry was only renewed.
 */
export async function listEventSince(
  kv: Deno.Kv,
  { from, to }: { from: number; to: number },
): Promise<ListEvent | null> {
  const changes: AccessChange[] = [];
  const entries = kv.list<AccessChange>({
    start: keys.accessChange(Math.max(from + 1, to - MAX_CHANGES)),
    end: keys.accessChange(to + 1),
  }, { batchSize: 100 });
  for await (const { value } of entries) changes.push(value);

  const event: ListEvent = {
    type: "blocklist",
    counts: {},
    by_list: {},
    items: [],
    imported: changes.some(({ reload }) => reload),
  };
  const isRemoval = changes.some(({ removed }) => removed.length > 0);
  const audit = isRemoval ? await lastActions(kv) : [];
  let unsigned = 0;
  const add = (item: ListChangeItem) => {
    event.counts[item.what] = (event.counts[item.what] ?? 0) + 1;
    if (item.what === "blocked" && LISTS.test(item.by ?? "")) {
      event.by_list[item.by!] = (event.by_list[item.by!] ?? 0) + 1;
      return;
    }
    // Removals by a feed are not reported as somebody's decision.
    if (item.by === null && ++unsigned > MAX_UNSIGNED) return;
    if (event.items.length < MAX_ITEMS) event.items.push(item);
  };
  for (const { at, put, removed } of changes) {
    for (const { list, entry } of put) {
      // An existing entry was renewed.
      if (at !== undefined && entry.created_at < at - COMMIT_MS) continue;
      add({
        what: list === "blocked" ? "blocked" : "safelisted",
        ip_address: entry.ip_address,
        by: entry.created_by,
        why: entry.reason || null,
        until: entry.expires_at === null
          ? null
          : new Date(entry.expires_at).toISOString(),
      });
    }
    for (const { list, ip_address } of removed) {
      const entry = audit.find(({ target }) => target === ip_address);
      add({
        what: list === "blocked" ? "unblocked" : "removed from the safelist",
        ip_address,
        by: entry?.who ?? null,
        why: entry?.why ?? null,
        until: null,
      });
    }
  }
  const isAnything = event.imported || Object.keys(event.counts).length > 0;
  return isAnything ? event : null;
}

async function lastActions(kv: Deno.Kv): Promise<AuditEntry[]> {
  const entries = kv.list<AuditEntry>({ prefix: keys.auditAll() }, {
    reverse: true,
    limit: AUDIT_DEPTH,
  });
  const all = await Array.fromAsync(entries, ({ value }) => value);
  return all.filter(({ what }) => REMOVALS.has(what));
}
