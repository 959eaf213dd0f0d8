import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import type { FormPath } from "./form_paths.ts";
import { DAY } from "../base/duration.ts";

/** A path that is proposed as one of `LOGIN_PATHS`. */
export interface LoginProposal extends FormPath {
  /** When it was seen last, in milliseconds since the epoch. */
  last_seen: number;
}

interface Stored {
  v: 1;
  proposals: LoginProposal[];
  expires_at: number;
}

const LIFETIME_MS = 30 * DAY;
const MOST = 20;
const MOST_PATH = 200;

/** Stores paths that seem to accept passwords, for an admin to decide. */
export async function proposeLoginPaths(
  kv: Deno.Kv,
  found: readonly FormPath[],
  now: number,
): Promise<void> {
  if (found.length === 0) return;
  await compareAndSet(async () => {
    const entry = await kv.get<Stored>(keys.loginProposals());
    const byPath = new Map(
      (entry.value?.proposals ?? []).filter(({ last_seen }) =>
        last_seen > now - LIFETIME_MS
      ).map((one) => [one.path, one]),
    );
    for (const one of found) {
      if (one.path.length > MOST_PATH) continue;
      const posts = Math.max(one.posts, byPath.get(one.path)?.posts ?? 0);
      byPath.set(one.path, { ...one, posts, last_seen: now });
    }
    const proposals = [...byPath.values()].sort((a, b) =>
      b.posts - a.posts || (a.path < b.path ? -1 : 1)
    ).slice(0, MOST);
    const expires_at = now + LIFETIME_MS;
    const value: Stored = { v: 1, proposals, expires_at };
    const { ok } = await kv.atomic().check(entry)
      .set(entry.key, value, { expireIn: LIFETIME_MS }).commit();
    return ok ? true : undefined;
  });
}

/** The proposed paths, without those that `LOGIN_PATHS` contains by now; the busiest first. */
export async function loginProposals(
  kv: Deno.Kv,
  now: number,
  takesPasswords: (path: string) => boolean,
): Promise<LoginProposal[]> {
  const { value } = await kv.get<Stored>(keys.loginProposals());
  if (value === null || value.expires_at <= now) return [];
  return value.proposals.filter(({ path, last_seen }) =>
    last_seen > now - LIFETIME_MS && !takesPasswords(path)
  );
}
