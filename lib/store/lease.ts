import { keys } from "./keys.ts";
import { compareAndSet } from "./retry.ts";

interface LeaseValue {
  owner: string;
  /** `expireIn` may take effect a minute late, so this is checked. */
  expires_at: number;
  /** When it was released by an owner that will take it again; see {@linkcode isWanted}. */
  given_back_at?: number;
}

/** A job's lease that this process holds. */
export interface Lease {
  /**
   * Commits the mutations of `add` and extends the lease, if this process still holds it.
   *
   * @returns false if another process has taken it over: stop.
   */
  commit(add: (commit: Deno.AtomicOperation) => void): Promise<boolean>;
  /** Releases the lease. */
  release(): Promise<void>;
}

/** Options of {@linkcode takeLease}. */
export interface LeaseOptions {
  kv: Deno.Kv;
  job: string;
  now: () => number;
  /** How long the lease is valid without a commit, in milliseconds. */
  holdMs: number;
  /**
   * A stable id of the owner: after its release, the lease is reserved for its last owner for a
   * while, as its cache makes the next run cheap. Must not take it twice at once.
   */
  owner?: string;
}

/** How long a released lease is reserved for its last owner. */
const WANTED_MS = 75_000;

/** Takes a job's lease, or returns null if another process holds it. */
export async function takeLease(options: LeaseOptions): Promise<Lease | null> {
  const { kv, job, now, holdMs } = options;
  const key = keys.lease(job);
  const owner = options.owner ?? crypto.randomUUID();
  const put = (commit: Deno.AtomicOperation) => {
    const value: LeaseValue = { owner, expires_at: now() + holdMs };
    return commit.set(key, value, { expireIn: holdMs });
  };

  const taken = await compareAndSet(async () => {
    const entry = await kv.get<LeaseValue>(key);
    const holder = entry.value;
    // A clock that was set back must not make a lease permanent.
    if (holder && heldAt(holder, now(), holdMs)) {
      // It is this process's own if a commit succeeded although it threw.
      return holder.owner === owner;
    }
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
        const commit = kv.atomic().check(entry);
        if (options.owner === undefined) commit.delete(key);
        else {
          const value = { owner, expires_at: 0, given_back_at: now() };
          commit.set(key, value, { expireIn: WANTED_MS });
        }
        return (await commit.commit()).ok ? true : undefined;
      });
    },
  };
}

/** Whether the lease is reserved for another owner. */
export async function isWanted(
  { kv, job, now, owner }: Required<
    Pick<LeaseOptions, "kv" | "job" | "now" | "owner">
  >,
): Promise<boolean> {
  const { value } = await kv.get<LeaseValue>(keys.lease(job));
  if (value === null || value.owner === owner) return false;
  const { given_back_at = -Infinity } = value;
  return now() >= given_back_at && now() < given_back_at + WANTED_MS;
}

function heldAt(holder: LeaseValue, now: number, holdMs: number): boolean {
  return holder.expires_at > now && holder.expires_at <= now + 2 * holdMs;
}
