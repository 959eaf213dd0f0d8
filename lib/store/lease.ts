import { keys } from "./keys.ts";
import { compareAndSet } from "./retry.ts";

interface LeaseValue {
  owner: string;
  /** The broom of `expireIn` comes up to a minute late, so this is what is checked. */
  expires_at: number;
}

/** A job's lease that this process holds. */
export interface Lease {
  /**
   * Commits what `add` puts into it and prolongs the lease, if it is still ours.
   *
   * @returns false if another process has taken it over: stop.
   */
  commit(add: (commit: Deno.AtomicOperation) => void): Promise<boolean>;
  /** Gives the lease back. */
  release(): Promise<void>;
}

/** What {@linkcode takeLease} needs. */
export interface LeaseOptions {
  kv: Deno.Kv;
  job: string;
  now: () => number;
  /** How long the lease holds without a commit, in milliseconds. */
  holdMs: number;
}

/** Takes a job's lease, or answers null where another process holds it. */
export async function takeLease(options: LeaseOptions): Promise<Lease | null> {
  const { kv, job, now, holdMs } = options;
  const key = keys.lease(job);
  const owner = crypto.randomUUID();
  const put = (commit: Deno.AtomicOperation) => {
    const value: LeaseValue = { owner, expires_at: now() + holdMs };
    return commit.set(key, value, { expireIn: holdMs });
  };

  const taken = await compareAndSet(async () => {
    const entry = await kv.get<LeaseValue>(key);
    const holder = entry.value;
    // Our own, where a commit went through although it threw.
    if (holder?.owner === owner) return true;
    // A clock set back must not make a lease last for ever.
    if (holder && heldAt(holder, now(), holdMs)) return false;
    return (await put(kv.atomic().check(entry)).commit()).ok ? true : undefined;
  });
  if (!taken) return null;

  return {
    commit(add) {
      return compareAndSet(async () => {
        const entry = await kv.get<LeaseValue>(key);
        if (entry.value?.owner !== owner) return false;
        const commit = put(kv.atomic().check(entry));
        add(commit);
        return (await commit.commit()).ok ? true : undefined;
      });
    },
    async release() {
      await compareAndSet(async () => {
        const entry = await kv.get<LeaseValue>(key);
        if (entry.value?.owner !== owner) return true;
        const done = await kv.atomic().check(entry).delete(key).commit();
        return done.ok ? true : undefined;
      });
    },
  };
}

function heldAt(holder: LeaseValue, now: number, holdMs: number): boolean {
  return holder.expires_at > now && holder.expires_at <= now + 2 * holdMs;
}
