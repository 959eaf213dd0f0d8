import { reach, transact } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import type { LoginOutcome } from "./login_log.ts";
import type { AccountReader } from "./users.ts";

/** One line of a user's list of recent logins. */
export interface RecentLogin {
  /** When it was tried last, in milliseconds since the epoch. */
  at: number;
  outcome: LoginOutcome;
  /** As the request log stores it (`PRIVACY_IP`). */
  ip_address: string;
  city: string | null;
  country: string | null;
  user_agent: string | null;
  /** How many times in a row. */
  count: number;
  /** A login from a country that none of the account's logins before was from. */
  is_new_country?: true;
}

/** How many lines are kept. */
const MAX_LINES = 20;

/** Of these, how many may be attempts that failed, so that a stranger cannot push the others out. */
const MAX_FAILED = 12;

/**
 * A user's recent logins and attempts, the last first.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function listRecentLogins(
  { kv }: AccountReader,
  userId: string,
): Promise<RecentLogin[]> {
  const { value } = await reach(() =>
    kv.get<RecentLogin[]>(keys.recentLogins(userId))
  );
  return value ?? [];
}

/**
 * Adds attempts, oldest first, to a user's list. Resolves to how many failed ones came before the
 * last success among them, since the success before; 0 without one.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function addRecentLogins(
  { kv }: AccountReader,
  userId: string,
  added: RecentLogin[],
): Promise<number> {
  return await transact(async () => {
    const entry = await reach(() =>
      kv.get<RecentLogin[]>(keys.recentLogins(userId))
    );
    let list = entry.value ?? [];
    let failed = 0;
    for (const login of added) {
      if (login.outcome === "success") failed = failuresBefore(list);
      if (isNewCountry(list, login)) login.is_new_country = true;
      list = withLogin(list, login);
    }
    const commit = kv.atomic().check(entry).set(entry.key, list);
    return (await reach(() => commit.commit())).ok ? failed : undefined;
  });
}

/** The countries of an account's logins that are remembered, the latest first. */
export function loginCountries(list: readonly RecentLogin[]): string[] {
  return [
    ...new Set(
      list.flatMap(({ outcome, country }) =>
        outcome === "success" && country !== null ? country : []
      ),
    ),
  ];
}

/** An account's first country is not new, and nothing is where no country is known. */
function isNewCountry(
  list: RecentLogin[],
  { outcome, country }: RecentLogin,
): boolean {
  if (outcome !== "success" || country === null) return false;
  const known = loginCountries(list);
  return known.length > 0 && !known.includes(country);
}

/** Attempts that failed since the last success. */
function failuresBefore(list: RecentLogin[]): number {
  const last = list.findIndex(({ outcome }) => outcome === "success");
  return list.slice(0, last < 0 ? undefined : last)
    .filter(({ outcome }) => outcome === "wrong")
    .reduce((sum, { count }) => sum + count, 0);
}

function withLogin(list: RecentLogin[], login: RecentLogin): RecentLogin[] {
  const [last, ...others] = list;
  const isSame = last && last.ip_address === login.ip_address &&
    last.user_agent === login.user_agent;
  if (isSame && last.outcome === login.outcome && login.outcome !== "success") {
    return [{ ...login, count: last.count + login.count }, ...others];
  }
  // A code that was asked for and then given is one login.
  const rest = isSame && last.outcome === "code" && login.outcome === "success"
    ? others
    : list;
  const all = [login, ...rest];
  const failed = all.filter(({ outcome }) => outcome !== "success");
  const oldest = failed.length > MAX_FAILED ? failed.at(-1) : undefined;
  return all.filter((line) => line !== oldest).slice(0, MAX_LINES);
}
