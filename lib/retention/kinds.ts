/**
 * The kinds of entries that the sweep checks, and when an entry has expired. The store's `expireIn`
 * removes most of them earlier; the sweep handles what it cannot know: a shortened retention, rows
 * whose owner was deleted, wrong clocks.
 *
 * @module
 */
import { isOver, type Session } from "../accounts/sessions.ts";
import { AUDIT_RETENTION_MS } from "../store/audit.ts";
import type { AccessEntry, ListName } from "../lists/access_entry.ts";
import { type LogChunk, MAX_SPAN_MS } from "../log/log_chunk.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import type { Rollup } from "../log/rollup/rollup.ts";
import { feedJob } from "../feeds/feed_store.ts";
import { keys } from "../store/keys.ts";
import { FORGET_KINDS } from "./forget_addresses.ts";
import { under } from "./ranges.ts";

/** What the check of an entry depends on. */
export interface SweepContext {
  kv: Deno.Kv;
  /** The time it is, in milliseconds since the epoch. */
  now: number;
  /** `LOG_RETENTION`, in milliseconds. */
  logRetention: number;
  /** How addresses are stored (`PRIVACY_IP`). */
  addresses: AddressStorage;
  /** Whether a finding is open, or an entry of a list in force, for an address. */
  isActive(ip: string): Promise<boolean>;
}

/** What to do with an entry. It is committed only if the entry is unchanged since it was read. */
export interface Verdict {
  kind: "removed" | "changed";
  /** How many checks `add` adds. @default {0} */
  checks?: number;
  /** Adds to the commit. */
  add(commit: Deno.AtomicOperation): void;
  /** Called once it is committed. */
  done?(): Promise<void>;
}

/** One kind of entry. */
export interface Kind {
  /** Part of the sweep's cursor. */
  name: string;
  /** Whether there is anything to do. @default () => true */
  applies?(context: SweepContext): boolean;
  /** Where its entries lie; only these are read. */
  range(context: SweepContext): { start: Deno.KvKey; end: Deno.KvKey };
  /** How many are read at once. @default {500} */
  batchSize?: number;
  /** Null: it stays as it is. */
  judge(
    entry: Deno.KvEntry<unknown>,
    context: SweepContext,
  ): Verdict | null | Promise<Verdict | null>;
}

/** Deletes an entry, and `also` with it. */
export function remove(
  { key }: Deno.KvEntry<unknown>,
  ...also: Deno.KvKey[]
): Verdict {
  return {
    kind: "removed",
    add(commit) {
      for (const each of [key, ...also]) commit.delete(each);
    },
  };
}

/** When an entry says that it ends, epoch ms; never, where it does not. */
export function endOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return Infinity;
  const { expires_at, expiresAt } = value as Record<string, unknown>;
  const end = expires_at ?? expiresAt;
  return typeof end === "number" ? end : Infinity;
}

/** Entries that say themselves when they end. */
function ending(name: string, prefix: Deno.KvKey): Kind {
  return {
    name,
    range: under(prefix),
    judge: (entry, { now }) => endOf(entry.value) <= now ? remove(entry) : null,
  };
}

/** Entries that belong to another by their key; they are deleted when that is gone. */
function following(
  name: string,
  prefix: Deno.KvKey,
  leader: (key: Deno.KvKey) => Deno.KvKey,
): Kind {
  return {
    name,
    range: under(prefix),
    async judge(entry, { kv }) {
      const { versionstamp } = await kv.get(leader(entry.key));
      return versionstamp === null ? remove(entry) : null;
    },
  };
}

/** The request log: what is older than the retention counts from when it was stored. */
const requestLog: Kind = {
  name: "request_log",
  // What is stored after its time, such as an imported log, may lie here and stay.
  range: ({ now, logRetention }) => ({
    start: keys.requestLogFrom(0),
    end: keys.requestLogFrom(Math.max(0, now - logRetention)),
  }),
  batchSize: 16,
  judge(entry, { now, logRetention }) {
    const { expires_at, written_at = Infinity } = entry.value as LogChunk;
    const isEarly = written_at + logRetention <= now;
    if (expires_at > now && !isEarly) return null;
    const lastMs = entry.key[1] as number;
    const minute = Math.floor(lastMs / MAX_SPAN_MS) * MAX_SPAN_MS;
    return {
      kind: "removed",
      add(commit) {
        commit.delete(entry.key);
        // Rollups end with their chunks; if these end earlier, the hour is counted again.
        if (expires_at > now) commit.set(keys.rollupMark(minute), 1);
      },
    };
  },
};

const loginLog: Kind = {
  name: "login_log",
  range: ({ now, logRetention }) => ({
    start: keys.loginLogFrom(0),
    end: keys.loginLogFrom(Math.max(0, now - logRetention)),
  }),
  judge: (entry) => remove(entry),
};

const audit: Kind = {
  name: "audit",
  range: ({ now }) => ({
    start: keys.auditFrom(0),
    end: keys.auditFrom(Math.max(0, now - AUDIT_RETENTION_MS)),
  }),
  judge: (entry) => remove(entry),
};

const hours: Kind = {
  name: "rollup_hour",
  range: under(keys.rollupsOf("hour")),
  batchSize: 32,
  judge(entry, { now }) {
    const { start, expires_at } = entry.value as Rollup;
    if (expires_at > now) return null;
    return remove(
      entry,
      ...(["status", "country", "ip", "network", "path", "username"] as const)
        .map((field) => keys.whereabouts(field, start)),
    );
  },
};

const sessions: Kind = {
  name: "session",
  range: under(keys.sessionsAll()),
  judge(entry, { now }) {
    const session = entry.value as Session;
    if (!isOver(session, now)) return null;
    const id = entry.key[1] as string;
    return remove(entry, keys.userSession(session.user_id, id));
  },
};

function access(list: ListName): Kind {
  return {
    name: `access_${list}`,
    range: under(keys.accessAll(list)),
    judge(entry, { now }) {
      const { ip_address, expires_at } = entry.value as AccessEntry;
      if (expires_at === null || expires_at > now) return null;
      return list === "blocked"
        ? remove(entry, keys.blockHits(ip_address))
        : remove(entry);
    },
  };
}

/** Lists of feeds; one that was removed is kept for as long as that can be undone. */
const feedParts: Kind = {
  name: "feed_part",
  range: under(keys.feedPartsAll()),
  batchSize: 32,
  async judge(entry, { kv }) {
    const name = entry.key[1] as string;
    const owners = await kv.getMany([
      keys.feed(name),
      keys.removed("feed", name),
      // Who holds it may be storing a list that is named in the feed afterwards.
      keys.lease(feedJob(name)),
    ]);
    return owners.every(({ value }) => value === null) ? remove(entry) : null;
  },
};

/** Every kind that ends, in the order in which the sweep goes through them. */
export const KINDS: readonly Kind[] = [
  requestLog,
  loginLog,
  hours,
  { ...ending("rollup_day", keys.rollupsOf("day")), batchSize: 32 },
  access("blocked"),
  access("safe"),
  ending("safe_host", keys.safeHostsAll()),
  ending("access_change", keys.accessChangesAll()),
  ending("removed", keys.removedAll()),
  feedParts,
  following(
    "block_hits",
    keys.blockHitsAll(),
    ([, cidr]) => keys.access("blocked", cidr as string),
  ),
  ending("throttle", keys.throttlesAll()),
  ending("limit_told", keys.limitToldAll()),
  ending("limit_snapshot", keys.limitSnapshotAll()),
  ending("challenge_solved", keys.challengesSolvedAll()),
  ending("policy_version", keys.policyVersionsAll()),
  ending("policy_hour", keys.policyHoursAll()),
  ending("spray", keys.spraysAll()),
  sessions,
  following(
    "user_session",
    keys.userSessionsAll(),
    ([, , id]) => keys.session(id as string),
  ),
  ending("device", keys.devicesAll()),
  following(
    "user_device",
    keys.userDevicesAll(),
    ([, , id]) => keys.device(id as string),
  ),
  ending("pending_login", keys.pendingLoginsAll()),
  ending("provider_login", keys.providerLoginsAll()),
  ending("totp_setup", keys.totpSetupsAll()),
  ending("setup_token", keys.setupTokensAll()),
  ending("finding", keys.findingsAll()),
  ending("finding_by_time", keys.findingsByTime()),
  ending("incident", keys.incidentsAll()),
  ending("offence", keys.offencesAll()),
  ending("hour_total", keys.hourTotalsAll()),
  ending("geo", keys.geoAll()),
  ending("crawler_verdict", keys.crawlerVerdictsAll()),
  ending("alert", keys.alertsAll()),
  ending("alert_to", keys.alertsToAll()),
  ending("alert_told", keys.alertsToldAll()),
  audit,
  { ...ending("import_runs", keys.importRunsAll()), batchSize: 32 },
  { ...ending("import_lines", keys.importLinesAll()), batchSize: 32 },
  { ...ending("import_unjudged", keys.importUnjudgedAll()), batchSize: 32 },
  ending("note", keys.notesAll()),
  ending("hash_key", keys.hashKeysAll()),
  ending("seal_key", keys.sealKeysAll()),
  ...FORGET_KINDS,
];
