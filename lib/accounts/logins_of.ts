import type { TimeRange } from "../log/request_query.ts";
import { type Cidr, contains, formatCidr, isSingle } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import {
  type AddressStorage,
  fullAddresses,
} from "../privacy/address_storage.ts";
import type { AccountTag } from "./account_tag.ts";
import { type LoginOutcome, scanLogins } from "./login_log.ts";
import { listUsers } from "./users.ts";

/** An address's attempts at an account. */
export interface TriedAccount {
  /** Null for a name that no account has, or none of the first thousand. */
  username: string | null;
  attempts: number;
  outcomes: Partial<Record<LoginOutcome, number>>;
  /** Milliseconds since the epoch. */
  last: number;
}

/** The accounts that an address or range logged in to or tried. */
export interface LoginsOf {
  attempts: number;
  /** Different accounts and names. */
  accounts: number;
  /** Those that exist, the most tried first. */
  known: TriedAccount[];
  /** Whether the whole period was read. */
  isAll: boolean;
}

const SHOWN = 20;
const MAX_USERS = 1_000;

/** Reads the login log for an address or range, for at most `budgetMs`. */
export async function loginsOf(
  { kv, now, tag, addresses = fullAddresses }: {
    kv: Deno.Kv;
    now: () => number;
    tag: AccountTag;
    addresses?: Pick<AddressStorage, "formsOf">;
  },
  cidr: Cidr,
  range: TimeRange,
  budgetMs = 300,
): Promise<LoginsOf> {
  const end = performance.now() + budgetMs;
  const forms = isSingle(cidr) ? addresses.formsOf(formatCidr(cidr)) : [];
  const tried = new Map<string, TriedAccount>();
  let attempts = 0;
  let isAll = true;
  for await (const event of scanLogins(kv, range, now)) {
    if (performance.now() > end) {
      isAll = false;
      break;
    }
    const ip = parseIp(event.ip_address);
    if (ip === null) continue;
    if (!contains(cidr, ip) && !forms.includes(event.ip_address)) continue;
    attempts++;
    let account = tried.get(event.account);
    if (!account) {
      account = { username: null, attempts: 0, outcomes: {}, last: 0 };
      tried.set(event.account, account);
    }
    account.attempts++;
    account.outcomes[event.outcome] = (account.outcomes[event.outcome] ?? 0) +
      1;
    account.last = Math.max(account.last, event.timestamp);
  }
  if (tried.size > 0) await nameThem({ kv, tag }, tried);
  const known = [...tried.values()]
    .filter(({ username }) => username !== null)
    .sort((a, b) => b.attempts - a.attempts || b.last - a.last);
  return {
    attempts,
    accounts: tried.size,
    known: known.slice(0, SHOWN),
    isAll,
  };
}

/** The log has only tags of accounts; existing accounts are found by computing theirs. */
async function nameThem(
  { kv, tag }: { kv: Deno.Kv; tag: AccountTag },
  tried: Map<string, TriedAccount>,
): Promise<void> {
  let cursor: string | null = null;
  for (let read = 0; read < MAX_USERS; read += 500) {
    const page: Awaited<ReturnType<typeof listUsers>> = await listUsers(
      { kv },
      { limit: 500, cursor },
    );
    for (const { username } of page.items) {
      const account = tried.get(tag(username));
      if (account) account.username = username;
    }
    cursor = page.cursor;
    if (cursor === null) return;
  }
}
