/**
 * All that the store has of one address or one account, to be handed out: as members of a JSON
 * object, long lists as they are read (see json_stream.ts). Times are ISO 8601, UTC.
 *
 * @module
 */
import { createAccountTag } from "../accounts/account_tag.ts";
import { listDevicesOf } from "../accounts/devices.ts";
import { type LoginEvent, scanLogins } from "../accounts/login_log.ts";
import { listRecentLogins } from "../accounts/recent_logins.ts";
import { getTotp } from "../accounts/second_factor.ts";
import { listSessionsOf } from "../accounts/sessions.ts";
import { publicUser, type User } from "../accounts/user.ts";
import type { AuditEntry } from "../store/audit.ts";
import { findingItem } from "../detection/finding_item.ts";
import { listFindings } from "../detection/findings.ts";
import { blockedItem } from "../lists/access_item.ts";
import { checkIp } from "../lists/access_read.ts";
import { type ChunkFilter, matchingRows, recordAt } from "../log/log_chunk.ts";
import { type RequestItem, requestItem } from "../log/request_item.ts";
import { chunksBackwards } from "../log/request_query.ts";
import { listSavedFilters } from "../log/saved_filters.ts";
import { getNote } from "../lists/notes.ts";
import { keys } from "../store/keys.ts";
import type { TraceStore } from "./address_traces.ts";

const iso = (ms: number) => new Date(ms).toISOString();
const ALL_TIME = { from: 0, to: Number.MAX_SAFE_INTEGER - 120_000 };

/** What there is of an address (canonical). */
export async function addressData(
  { kv, now, addresses }: TraceStore,
  ip: string,
): Promise<Record<string, unknown>> {
  await addresses.ready();
  const forms = addresses.ownFormsOf(ip);
  const filter: ChunkFilter = {
    ip: (text) => forms.includes(text),
    names: { ip: forms.length === 1 ? forms[0] : forms },
  };
  const [access, found, note] = await Promise.all([
    checkIp(kv, now, ip),
    listFindings(kv, { ip: forms, limit: 500, now: now() }),
    getNote(kv, forms),
  ]);
  return {
    ip_address: ip,
    exported_at: iso(now()),
    stored_as: addresses.mode,
    status: access.status,
    blocked: access.blocked.map(blockedItem),
    safelisted: access.safe.map(({ ip_address, reason, created_at }) => ({
      ip_address,
      reason,
      created_at: iso(created_at),
    })),
    findings: found.items.map(findingItem),
    note: note && { text: note.text, at: iso(note.at) },
    audit: auditOf(
      kv,
      now,
      (entry) =>
        forms.includes(entry.target)
          ? { at: iso(entry.at), what: entry.what, why: entry.why }
          : null,
    ),
    logins: loginsOf(
      kv,
      now,
      ({ ip_address }) => forms.includes(ip_address),
      ({ timestamp, outcome }) => ({ at: iso(timestamp), outcome }),
    ),
    requests: requestsOf(kv, now, filter),
  };
}

/**
 * What there is of an account. Actions of others on it are listed without their names, as the file
 * may be given to the user.
 */
export async function accountData(
  store: TraceStore,
  user: User,
): Promise<Record<string, unknown>> {
  const { kv, now } = store;
  const { id, username } = user;
  const [sessions, devices, recent, totp, filters, tag] = await Promise.all([
    listSessionsOf(store, user),
    listDevicesOf(store, id),
    listRecentLogins(store, id),
    getTotp(store, id),
    listSavedFilters(kv, id),
    createAccountTag(kv),
  ]);
  const account = tag(username);
  return {
    account: publicUser(user),
    exported_at: iso(now()),
    password_changed_at: iso(user.password_changed_at),
    second_factor: totp && {
      enabled_at: iso(totp.enabled_at),
      recovery_codes_left: totp.recovery.length,
    },
    sessions: sessions.map(({ session }) => ({
      kind: session.kind,
      created_at: iso(session.created_at),
      last_seen_at: iso(session.last_seen_at),
      expires_at: iso(session.expires_at),
      ip_address: session.ip_address,
      user_agent: session.user_agent,
    })),
    devices: devices.map(({ device }) => ({
      created_at: iso(device.created_at),
      last_used_at: iso(device.last_used_at),
      expires_at: iso(device.expires_at),
      ip_address: device.ip_address,
      user_agent: device.user_agent,
    })),
    recent_logins: recent.map(({ at, ...login }) => ({
      at: iso(at),
      ...login,
    })),
    saved_filters: filters,
    audit: auditOf(
      kv,
      now,
      ({ at, who, what, target, from, why }) =>
        who === username
          ? { at: iso(at), who, what, target, from, why }
          : target === username
          ? { at: iso(at), what, target, why }
          : null,
    ),
    logins: loginsOf(
      kv,
      now,
      (event) => event.account === account,
      ({ timestamp, ip_address, outcome }) => ({
        at: iso(timestamp),
        ip_address,
        outcome,
      }),
    ),
    requests: requestsOf(kv, now, {
      username: (name) => name === username,
      names: { username },
    }),
  };
}

/** The requests that a filter lets through, roughly the latest first. */
async function* requestsOf(
  kv: Deno.Kv,
  now: () => number,
  filter: ChunkFilter,
): AsyncGenerator<RequestItem> {
  for await (const { chunk } of chunksBackwards(kv, ALL_TIME, now, filter)) {
    for (const row of matchingRows(chunk, filter).toReversed()) {
      yield requestItem(recordAt(chunk, row));
    }
  }
}

async function* loginsOf<T>(
  kv: Deno.Kv,
  now: () => number,
  isAsked: (event: LoginEvent) => boolean,
  show: (event: LoginEvent) => T,
): AsyncGenerator<T> {
  for await (const event of scanLogins(kv, ALL_TIME, now)) {
    if (isAsked(event)) yield show(event);
  }
}

async function* auditOf<T>(
  kv: Deno.Kv,
  now: () => number,
  show: (entry: AuditEntry) => T | null,
): AsyncGenerator<T> {
  const entries = kv.list<AuditEntry>({ prefix: keys.auditAll() }, {
    batchSize: 500,
  });
  for await (const { value } of entries) {
    const item = value.expires_at > now() ? show(value) : null;
    if (item !== null) yield item;
  }
}
