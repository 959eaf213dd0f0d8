import type { Device } from "../accounts/devices.ts";
import type { RecentLogin } from "../accounts/recent_logins.ts";
import type { Session } from "../accounts/sessions.ts";
import { addressesIn, type AuditEntry } from "../store/audit.ts";
import type { Incident } from "../detection/incidents/incident.ts";
import type { StoredFinding } from "../detection/stored_finding.ts";
import type { IndexEntry } from "../detection/finding_index.ts";
import type { AccessChange, AccessEntry } from "../lists/access_entry.ts";
import { isLive } from "../lists/access_entry.ts";
import { unblockIp } from "../lists/access_store.ts";
import { eraseAddress, erasedForm } from "../log/erase.ts";
import { limitSubject } from "../net/prefix.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { withoutAddress } from "../retention/forget_addresses.ts";
import { keys } from "../store/keys.ts";
import { rewriteLogins } from "./login_events.ts";
import { rewrite } from "./rewrite.ts";

/** What erasing works on. */
export interface TraceStore {
  kv: Deno.Kv;
  now: () => number;
  addresses: AddressStorage;
  config: { ipv6Prefix: number };
  /** Counts, and changes nothing. */
  dryRun?: boolean;
  /** Called with changes of the lists, so that this process applies them at once. */
  applyLocal?: (changes: readonly AccessChange[]) => void;
}

/** An address whose traces are to be erased. */
export interface AddressOrder {
  kind: "address";
  /** Canonical. */
  ip: string;
  /** Whether a block of exactly this address is lifted, too. */
  unblock: boolean;
}

/** The traces of an address that were counted or erased. */
export interface AddressErased {
  kind: "address";
  requests: number;
  /** Requests of the last two minutes, which are erased later. */
  left: number;
  logins: number;
  findings: number;
  /** Sessions, devices and recent logins of accounts that named it. */
  account_rows: number;
  /** Counters of limits, cached locations, offences and notes. */
  other_rows: number;
  audit: number;
  /** A block that is kept, as a legitimate interest. */
  blocked: AccessEntry | null;
  /** Whether it is on the safelist, where it stays. */
  is_safe: boolean;
}

/**
 * Erases what the store has of an address, but for entries of the lists. In logs it becomes its
 * network. If it is interrupted, the next run continues.
 *
 * If addresses are stored truncated, nothing belongs to a single address: what its network did
 * stays.
 */
export async function eraseAddressTraces(
  store: TraceStore,
  { ip, unblock }: AddressOrder,
): Promise<AddressErased> {
  const { kv, now, addresses, dryRun = false } = store;
  await addresses.ready();
  const forms = addresses.ownFormsOf(ip);
  const isTheirs = (text: string) => forms.includes(text);
  const network = erasedForm(ip);
  let blocked = await entryOf(store, "blocked", ip);
  if (blocked !== null && unblock && !dryRun) {
    const { changes } = await unblockIp(kv, now, ip);
    store.applyLocal?.(changes);
    blocked = null;
  }

  const { requests, left } = await eraseAddress(kv, now, forms, { dryRun });
  const logins = await rewriteLogins(
    store,
    ([at, form, account, outcome]) =>
      isTheirs(form) ? [at, erasedForm(form), account, outcome] : undefined,
  );
  const findings = await rewrite<StoredFinding>(
    store,
    keys.findingsAll(),
    ({ ip_address }) => isTheirs(ip_address) ? null : undefined,
  );
  await rewrite<IndexEntry>(
    store,
    keys.findingsByTime(),
    ({ ip_address }) => isTheirs(ip_address) ? null : undefined,
  );

  await rewrite<Incident>(
    store,
    keys.incidentsAll(),
    (incident) =>
      incident.addresses.some(isTheirs)
        ? forms.reduce(
          (each, form) => withoutAddress(each, form, network),
          {
            ...incident,
            addresses: incident.addresses.filter((each) => !isTheirs(each)),
            counts: incident.counts.filter((_, at) =>
              !isTheirs(incident.addresses[at]!)
            ),
          },
        )
        : undefined,
  );

  const moved = <T extends { ip_address: string }>(row: T) =>
    isTheirs(row.ip_address)
      ? { ...row, ip_address: erasedForm(row.ip_address) }
      : undefined;
  const account_rows =
    await rewrite<Session>(store, keys.sessionsAll(), moved) +
    await rewrite<Device>(store, keys.devicesAll(), moved) +
    await rewrite<RecentLogin[]>(
      store,
      keys.recentLoginsAll(),
      (list) =>
        list.some(({ ip_address }) => isTheirs(ip_address))
          ? list.map((login) => moved(login) ?? login)
          : undefined,
    );

  const subject = addresses.nameOf(
    "limit",
    limitSubject(ip, store.config.ipv6Prefix),
  );
  const place = addresses.nameOf("geo", ip);
  const verdict = addresses.nameOf("crawler", ip);
  const gone =
    (isGone: (last: string) => boolean) => (_: unknown, key: Deno.KvKey) =>
      isGone(String(key.at(-1))) ? null : undefined;
  const isLimit = (name: string) =>
    name === subject || name.startsWith(`${subject} `);
  const other_rows = await rewrite(store, keys.throttlesAll(), gone(isLimit)) +
    await rewrite(store, keys.spraysAll(), gone(isLimit)) +
    await rewrite(store, keys.geoAll(), gone((name) => name === place)) +
    await rewrite(
      store,
      keys.crawlerVerdictsAll(),
      gone((name) => name === verdict),
    ) +
    await rewrite(store, keys.offencesAll(), gone(isTheirs)) +
    await rewrite(store, keys.notesAll(), gone(isTheirs));

  // A block that is kept keeps its author and reason.
  const audit = blocked !== null ? 0 : await rewrite<AuditEntry>(
    store,
    keys.auditAll(),
    (entry) => {
      const named = [
        entry.target,
        entry.from,
        entry.undo?.ip_address,
        ...addressesIn(entry.reverse),
      ];
      if (!named.some((text) => text && isTheirs(text))) return undefined;
      return forms.reduce(
        (each, form) => withoutAddress(each, form, network),
        { ...entry, undo: null, reverse: undefined },
      );
    },
  );
  return {
    kind: "address",
    ...{ requests, left, logins, findings, account_rows, other_rows, audit },
    blocked,
    is_safe: await entryOf(store, "safe", ip) !== null,
  };
}

async function entryOf(
  { kv, now }: TraceStore,
  list: "blocked" | "safe",
  ip: string,
): Promise<AccessEntry | null> {
  const { value } = await kv.get<AccessEntry>(keys.access(list, ip));
  return value !== null && isLive(value, now()) ? value : null;
}
