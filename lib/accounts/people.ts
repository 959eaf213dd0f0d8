import { getTotp } from "./second_factor.ts";
import { listRecentLogins, type RecentLogin } from "./recent_logins.ts";
import { type AccountStore, listUsers } from "./users.ts";
import type { User } from "./user.ts";

/** An account with what the console's list shows of it. */
export interface Person {
  user: User;
  /** The last successful login, or null. */
  last: RecentLogin | null;
  hasFactor: boolean;
}

/** Accounts are read in pages of so many. */
const PAGE = 500;
/** More accounts are not searched. */
const MOST = 5_000;
/** Reads that run at once. */
const AT_ONCE = 20;

/** The accounts whose names hold a text, in the order of their making; all without one. */
export async function findPeople(
  accounts: AccountStore,
  search: string,
): Promise<User[]> {
  const part = search.trim().toLowerCase();
  const found: User[] = [];
  let cursor: string | null = null;
  for (let read = 0; read < MOST; read += PAGE) {
    const page: Awaited<ReturnType<typeof listUsers>> = await listUsers(
      accounts,
      { limit: PAGE, cursor },
    );
    found.push(
      ...page.items.filter(({ username }) =>
        username.toLowerCase().includes(part)
      ),
    );
    cursor = page.cursor;
    if (cursor === null) break;
  }
  return found;
}

/** Accounts with their last login and whether they have a second factor. */
export async function peopleOf(
  accounts: AccountStore,
  users: readonly User[],
): Promise<Person[]> {
  return await inGroups(users, async (user) => {
    const [logins, totp] = await Promise.all([
      listRecentLogins(accounts, user.id),
      getTotp(accounts, user.id),
    ]);
    const last = logins.find(({ outcome }) => outcome === "success") ?? null;
    return { user, last, hasFactor: totp !== null };
  });
}

/** A login and its account. */
export interface PersonsLogin extends RecentLogin {
  user: User;
}

/** The logins that accounts remember, twenty lines each, the latest first. */
export async function loginsOfAll(
  accounts: AccountStore,
  users: readonly User[],
): Promise<PersonsLogin[]> {
  const lists = await inGroups(users, async (user) => {
    const logins = await listRecentLogins(accounts, user.id);
    return logins.map((login) => ({ ...login, user }));
  });
  return lists.flat().sort((a, b) => b.at - a.at);
}

async function inGroups<T, R>(
  items: readonly T[],
  read: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(
      ...await Promise.all(items.slice(at, at + AT_ONCE).map(read)),
    );
  }
  return results;
}
