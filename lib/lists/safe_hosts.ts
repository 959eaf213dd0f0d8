/**
 * Host names on the safelist, for clients with changing addresses, such as a monitor or an office.
 * A name's addresses are entries of the safelist with the name as their author; it is resolved
 * again every five minutes, and the last addresses are kept if the DNS does not answer.
 *
 * @module
 */
import { deadline } from "../base/delay.ts";
import { quoted } from "../base/quoted.ts";
import { Refusal } from "../base/refusal.ts";
import type { Resolver } from "../bots/resolver.ts";
import { isWellFormedHost } from "../http/host.ts";
import { cidrOf, formatCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { type IpKind, kindOf } from "../net/special.ts";
import { getAll } from "../store/get_all.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import type { AccessChange, AccessEntry } from "./access_entry.ts";
import { isLive } from "./access_entry.ts";
import {
  type AccessOrder,
  commitChange,
  newEntry,
  ttl,
} from "./access_commit.ts";
import { MINUTE } from "../base/duration.ts";

/** A name on the safelist. */
export interface SafeHost {
  /** In lower case, without a trailing dot. */
  host: string;
  reason: string;
  created_by: string;
  /** Epoch ms. */
  created_at: number;
  /** Epoch ms; null: it does not expire. */
  expires_at: number | null;
  /** Its addresses when it last resolved; canonical. */
  addresses: string[];
  /** When that was, epoch ms. */
  resolved_at: number;
  /** Why it could not be resolved since; null if it could. */
  error: string | null;
  v: 1;
}

/** An order to put a name on the safelist. */
export type SafeHostOrder = Omit<AccessOrder, "ip" | "also"> & {
  host: string;
  /** Added to the write, with the name after the change and before it. */
  also?: (
    atomic: Deno.AtomicOperation,
    after: SafeHost | null,
    before: SafeHost | null,
  ) => void;
};

/** The dependencies of the functions here. */
export interface SafeHostContext {
  kv: Deno.Kv;
  now: () => number;
  resolver: Pick<Resolver, "forward">;
}

/** Interval of resolving names, in milliseconds. */
export const RESOLVE_EVERY_MS = 5 * MINUTE;

const PATIENCE_MS = 5_000;
const MAX_HOSTS = 100;
const MAX_ADDRESSES = 32;
const MARK = "host:";

/** Addresses that no client has. */
const NOBODY: readonly IpKind[] = ["unspecified", "reserved", "multicast"];

/** The canonical host name of a text; null if it is not a name, or is an address. */
export function safeHostName(text: string): string | null {
  const trimmed = text.trim();
  if (/[/:@?#\\\s%[\]]/.test(trimmed)) return null;
  const url = URL.parse(`http://${trimmed}`);
  const name = url?.hostname.replace(/\.$/, "") ?? "";
  return name !== "" && isWellFormedHost(name) && parseIp(name) === null
    ? name
    : null;
}

/** The host name that a safelist entry belongs to; null if the entry has none. */
export function hostOf({ created_by }: Pick<AccessEntry, "created_by">) {
  return created_by.startsWith(MARK) ? created_by.slice(MARK.length) : null;
}

/** The names on the safelist, in alphabetical order. */
export async function listSafeHosts(
  kv: Deno.Kv,
  now: number,
): Promise<SafeHost[]> {
  const rows = kv.list<SafeHost>({ prefix: keys.safeHostsAll() });
  return (await Array.fromAsync(rows)).map(({ value }) => value)
    .filter((host) => isLive(host, now));
}

/**
 * Adds a name to the safelist; it must have an address.
 *
 * @throws {Refusal} if it is not a name, has no address, or exceeds the limit.
 */
export async function allowHost(
  context: SafeHostContext,
  order: SafeHostOrder,
): Promise<{ host: SafeHost; changes: AccessChange[] }> {
  const { kv, now } = context;
  const name = nameOf(order.host, "allow");
  const addresses = await resolve(context, name).catch((error) => {
    throw new Refusal(
      "invalid",
      `Cannot allow ${name}: ${(error as Error).message}`,
    );
  });
  let made: SafeHost;
  const change = await changeHost(kv, now, name, (before, count) => {
    if (before === null) refuseTooMany(name, count);
    const { reason, expires_at } = newEntry(
      cidrOf(parseIp(addresses[0]!)!),
      order,
      now(),
    );
    return made = {
      host: name,
      reason,
      expires_at,
      created_by: order.created_by,
      created_at: before?.created_at ?? now(),
      addresses,
      resolved_at: now(),
      error: null,
      v: 1,
    };
  }, order.also);
  return { host: made!, changes: change === null ? [] : [change] };
}

/**
 * Removes a name and its addresses from the safelist; null if it was not on it.
 *
 * @throws {Refusal} if it is not a name.
 */
export async function disallowHost(
  kv: Deno.Kv,
  now: () => number,
  host: string,
  also?: SafeHostOrder["also"],
): Promise<{ removed: SafeHost | null; changes: AccessChange[] }> {
  const name = nameOf(host, "disallow");
  let removed: SafeHost | null = null;
  const change = await changeHost(kv, now, name, (before) => {
    removed = before;
    return null;
  }, also);
  return { removed, changes: change === null ? [] : [change] };
}

/**
 * Restores a name that was removed, with the addresses that it had; it is resolved again within
 * {@linkcode RESOLVE_EVERY_MS}.
 *
 * @throws {Refusal} if it exceeds the limit.
 */
export async function restoreHost(
  kv: Deno.Kv,
  now: () => number,
  kept: Pick<
    SafeHost,
    "host" | "reason" | "created_by" | "expires_at" | "addresses"
  >,
  also?: SafeHostOrder["also"],
): Promise<AccessChange[]> {
  const { host, reason, created_by, expires_at, addresses } = kept;
  const change = await changeHost(kv, now, host, (before, count) => {
    if (before === null) refuseTooMany(host, count);
    return {
      ...{ host, reason, created_by, expires_at, addresses },
      created_at: before?.created_at ?? now(),
      resolved_at: now(),
      error: null,
      v: 1,
    };
  }, also);
  return change === null ? [] : [change];
}

function refuseTooMany(name: string, count: number): void {
  if (count < MAX_HOSTS) return;
  throw new Refusal(
    "conflict",
    `Cannot allow ${name}: expected at most ${MAX_HOSTS} names`,
  );
}

/** The result of resolving a name again. */
export interface RefreshedHost {
  host: string;
  addresses: string[];
  /** Whether the addresses have changed. */
  isChanged: boolean;
  /** Why the last answer was kept. */
  error: string | null;
}

/** Resolves every name again and updates the safelist. */
export async function refreshSafeHosts(
  context: SafeHostContext,
): Promise<{ hosts: RefreshedHost[]; changes: AccessChange[] }> {
  const { kv, now } = context;
  const known = await listSafeHosts(kv, now());
  const answers = await Promise.all(
    known.map(({ host }) =>
      resolve(context, host).then(
        (addresses) => ({ addresses, error: null }),
        (error) => ({ addresses: null, error: (error as Error).message }),
      )
    ),
  );
  const changes: AccessChange[] = [];
  const hosts: RefreshedHost[] = [];
  for (const [i, { host, addresses: old }] of known.entries()) {
    const { addresses, error } = answers[i]!;
    const change = await changeHost(kv, now, host, (before) =>
      // It may have been removed in the meantime.
      before && {
        ...before,
        ...addresses && { addresses, resolved_at: now() },
        error,
      });
    if (change !== null) changes.push(change);
    const found = addresses ?? old;
    const isChanged = found.join() !== old.join();
    hosts.push({ host, addresses: found, isChanged, error });
  }
  return { hosts, changes };
}

/**
 * Changes one name, and the safelist entries of its old and new addresses, in one write. Entries
 * that people added stay unchanged.
 */
function changeHost(
  kv: Deno.Kv,
  now: () => number,
  name: string,
  update: (before: SafeHost | null, count: number) => SafeHost | null,
  also?: SafeHostOrder["also"],
): Promise<AccessChange | null> {
  return compareAndSet(async () => {
    let rest: Deno.AtomicOperation | null = null;
    const change = await commitChange(kv, now, async () => {
      rest = null;
      const key = keys.safeHost(name);
      const row = await kv.get<SafeHost>(key);
      const all = await listSafeHosts(kv, now());
      const before = all.find(({ host }) => host === name) ?? null;
      const after = update(before, all.length);
      if (after === null && row.value === null) return null;
      const others = all.filter(({ host }) => host !== name);
      const plan = await followed(
        kv,
        now(),
        [...before?.addresses ?? [], ...after?.addresses ?? []],
        after === null ? others : [...others, after],
      );
      const put = (atomic: Deno.AtomicOperation) => {
        atomic.check(row);
        if (after === null) atomic.delete(key);
        else atomic.set(key, after, ttl(after, now()));
        also?.(atomic, after, before);
      };
      if (plan.put.length + plan.removed.length > 0) {
        return { ...plan, also: put };
      }
      // The time of resolution is not a change of the lists.
      put(rest = kv.atomic());
      return null;
    });
    if (rest === null) return change;
    return (await (rest as Deno.AtomicOperation).commit()).ok
      ? null
      : undefined;
  });
}

/** The safelist changes for some addresses. */
async function followed(
  kv: Deno.Kv,
  now: number,
  addresses: readonly string[],
  hosts: readonly SafeHost[],
): Promise<Pick<AccessChange, "put" | "removed">> {
  const touched = [...new Set(addresses)];
  const entries = await getAll<AccessEntry>(
    kv,
    touched.map((address) => keys.access("safe", address)),
  );
  const put: AccessChange["put"] = [];
  const removed: AccessChange["removed"] = [];
  for (const [i, address] of touched.entries()) {
    const known = entries[i]!.value;
    const isThere = known !== null && isLive(known, now);
    if (isThere && hostOf(known) === null) continue;
    const wanted = entryFor(address, hosts);
    if (wanted === null) {
      if (known) removed.push({ list: "safe", ip_address: address });
    } else if (!isThere || !isSame(known, wanted)) {
      const created_at = isThere ? known.created_at : now;
      put.push({ list: "safe", entry: { ...wanted, created_at } });
    }
  }
  return { put, removed };
}

/** The entry of an address for the names that resolve to it, or null if none does. */
function entryFor(
  address: string,
  hosts: readonly SafeHost[],
): Omit<AccessEntry, "created_at"> | null {
  const having = hosts.filter(({ addresses }) => addresses.includes(address))
    .sort((a, b) => a.host < b.host ? -1 : 1);
  const first = having[0];
  if (first === undefined) return null;
  const ends = having.map(({ expires_at }) => expires_at ?? Infinity);
  const end = Math.max(...ends);
  return {
    ip_address: address,
    reason: first.reason,
    created_by: MARK + first.host,
    expires_at: end === Infinity ? null : end,
  };
}

function isSame(
  a: AccessEntry,
  b: Omit<AccessEntry, "created_at">,
): boolean {
  return a.created_by === b.created_by && a.expires_at === b.expires_at &&
    a.reason === b.reason;
}

async function resolve(
  { resolver }: SafeHostContext,
  name: string,
): Promise<string[]> {
  let answer: string[];
  try {
    answer = await deadline(
      resolver.forward(name, AbortSignal.timeout(PATIENCE_MS)),
      PATIENCE_MS,
    );
  } catch (error) {
    throw new Error(`DNS does not answer (${(error as Error).message})`);
  }
  const addresses = new Set<string>();
  for (const text of answer) {
    const ip = parseIp(text);
    if (ip === null || NOBODY.includes(kindOf(ip))) continue;
    addresses.add(formatCidr(cidrOf(ip)));
  }
  if (addresses.size === 0) throw new Error("it has no address");
  return [...addresses].sort().slice(0, MAX_ADDRESSES);
}

function nameOf(text: string, verb: string): string {
  const name = safeHostName(text);
  if (name !== null) return name;
  throw new Refusal(
    "invalid",
    `Cannot ${verb} ${
      quoted(text.slice(0, 100))
    }: expected an address, a CIDR range or a host's name`,
  );
}
