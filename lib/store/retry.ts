import { delay } from "../base/delay.ts";

/** Maximum number of tries of a contended commit. */
const MAX_TRIES = 64;

/** Thrown when a compare-and-set failed on every try; callers deny rather than allow. */
export class ContentionError extends Error {
  override name = "ContentionError";
}

/**
 * Runs a read-check-write cycle until it commits.
 *
 * `cycle` reads, decides and commits; it returns `undefined` to be retried. On SQLite a commit with
 * checks can also throw "database is locked" while another process writes; retried at once it fails
 * thousands of times, after a short sleep about 3 in 100 do. So every retry sleeps, with jitter
 * that grows.
 *
 * @throws {ContentionError} after 64 tries.
 */
export async function compareAndSet<T>(
  cycle: () => Promise<T | undefined>,
): Promise<T> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      const result = await cycle();
      if (result !== undefined) return result;
    } catch (error) {
      if (!isLocked(error)) throw error;
    }
    await delay(2 + Math.random() * Math.min(5 + tries * 2, 40));
  }
  throw new ContentionError(
    `Cannot commit: lost ${MAX_TRIES} tries to other writers`,
  );
}

/** Runs a write without checks until SQLite's lock is free. */
export function write(commit: () => Promise<{ ok: boolean }>): Promise<true> {
  return compareAndSet(async () =>
    (await commit()).ok ? true as const : undefined
  );
}

function isLocked(error: unknown): boolean {
  return error instanceof Error &&
    /database is (locked|busy)/i.test(error.message);
}
