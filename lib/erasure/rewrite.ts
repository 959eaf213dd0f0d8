import { endOf } from "../retention/kinds.ts";
import { compareAndSet } from "../store/retry.ts";

/** Where an erasure works, and whether it only counts. */
export interface EraseScope {
  kv: Deno.Kv;
  now: () => number;
  dryRun?: boolean;
}

/**
 * Changes the entries under a prefix one by one; each is changed as it is at that moment, and run
 * again, what is done already is left.
 *
 * @param change Null removes the entry, undefined leaves it.
 * @returns how many were changed.
 */
export async function rewrite<T>(
  { kv, now, dryRun = false }: EraseScope,
  prefix: Deno.KvKey,
  change: (value: T, key: Deno.KvKey) => T | null | undefined,
): Promise<number> {
  let count = 0;
  for await (
    const { key, value } of kv.list<T>({ prefix }, { batchSize: 200 })
  ) {
    if (change(value, key) === undefined) continue;
    if (dryRun || await rewriteOne({ kv, now }, key, change)) count++;
  }
  return count;
}

/** The same for one entry; false where nothing is to be done. */
export function rewriteOne<T>(
  { kv, now }: EraseScope,
  key: Deno.KvKey,
  change: (value: T, key: Deno.KvKey) => T | null | undefined,
): Promise<boolean> {
  return compareAndSet(async () => {
    const entry = await kv.get<T>(key);
    if (entry.versionstamp === null) return false;
    const changed = change(entry.value, key);
    if (changed === undefined) return false;
    const commit = kv.atomic().check(entry);
    const end = endOf(changed);
    if (changed === null) commit.delete(key);
    else if (end === Infinity) commit.set(key, changed);
    else {
      const expireIn = Math.max(1, Math.ceil(end - now()));
      commit.set(key, changed, { expireIn });
    }
    return (await commit.commit()).ok ? true : undefined;
  });
}
