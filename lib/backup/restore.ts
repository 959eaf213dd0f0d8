import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import { Batch } from "./batch.ts";
import { isKept, Lifetimes } from "./lifetime.ts";
import { checkBackup, type CheckedBackup, readBackup } from "./read.ts";

/** The store that was to be restored into holds something. */
export class NotEmptyError extends Error {
  override name = "NotEmptyError";
}

/** Options for {@linkcode restoreBackup}. */
export interface RestoreOptions {
  now: () => number;
  /** Replace what the store holds. @default {false} */
  force?: boolean;
}

/** What {@linkcode restoreBackup} did. */
export interface Restored {
  backup: CheckedBackup;
  /** How many entries were written. */
  written: number;
  /** How many had expired since the backup. */
  expired: number;
}

/**
 * Makes a store hold what a backup holds, and nothing else. Nothing is written before all of the
 * file was found whole. If it is interrupted, a mark prevents servers from starting on the store,
 * and a run with the same file continues.
 *
 * @param open Opens the store; not called where the file is damaged.
 * @throws {DamagedBackupError} where the file is not whole.
 * @throws {NotEmptyError} where the store holds something, without `force`.
 */
export async function restoreBackup(
  open: () => Promise<Deno.Kv>,
  file: string,
  { now, force = false }: RestoreOptions,
): Promise<Restored> {
  const backup = await checkBackup(file);
  const kv = await open();
  const mark = await kv.get<string>(keys.restoring());
  if (!force && mark.value !== backup.sha256 && await holdsSomething(kv)) {
    throw new NotEmptyError("the store is not empty");
  }
  await write(() => kv.set(keys.restoring(), backup.sha256));
  await clear(kv);

  const lifetimes = new Lifetimes();
  const batch = new Batch(kv);
  let written = 0;
  let expired = 0;
  for await (const entry of readBackup(file)) {
    if (!isKept(entry.key)) continue;
    const end = lifetimes.endOf(entry);
    const left = end === null ? undefined : Math.ceil(end - now());
    if (left !== undefined && left <= 0) {
      expired++;
      continue;
    }
    await batch.set(entry, left);
    written++;
  }
  await batch.commit();
  await write(() =>
    kv.atomic().set(keys.schemaVersion(), backup.schema)
      .delete(keys.restoring()).commit()
  );
  return { backup, written, expired };
}

/** Whether a store holds more than its version. */
export async function holdsSomething(kv: Deno.Kv): Promise<boolean> {
  const version = keys.schemaVersion()[0];
  for await (const { key } of kv.list({ prefix: [] }, { limit: 2 })) {
    if (key[0] !== version) return true;
  }
  return false;
}

async function clear(kv: Deno.Kv): Promise<void> {
  const mark = keys.restoring()[0];
  const batch = new Batch(kv);
  for await (const { key } of kv.list({ prefix: [] }, { batchSize: 1_000 })) {
    if (key[0] !== mark) await batch.delete(key);
  }
  await batch.commit();
}
