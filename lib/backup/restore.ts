import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import { isKept, Lifetimes } from "./lifetime.ts";
import {
  checkBackup,
  type CheckedBackup,
  readBackup,
  type ReadEntry,
} from "./read.ts";

/** KV takes 1,000 mutations, 800 KiB and 80 KiB of keys in one commit. */
const MAX_MUTATIONS = 500;
const MAX_BYTES = 500_000;
const MAX_KEY_BYTES = 50_000;

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
  /** How many had come to their end since the backup. */
  expired: number;
}

/**
 * Makes a store hold what a backup holds, and nothing else. Nothing is written before all of the
 * file was found whole. Cut short, it leaves a mark by which no server starts on the store, and goes
 * on when it is run again with the same file.
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

async function holdsSomething(kv: Deno.Kv): Promise<boolean> {
  const own = keys.schemaVersion()[0];
  for await (const { key } of kv.list({ prefix: [] }, { limit: 2 })) {
    if (key[0] !== own) return true;
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

/** Mutations that are committed as many at once as KV takes. */
class Batch {
  readonly #kv: Deno.Kv;
  #pending: ((commit: Deno.AtomicOperation) => void)[] = [];
  #bytes = 0;
  #keyBytes = 0;

  constructor(kv: Deno.Kv) {
    this.#kv = kv;
  }

  set({ key, value, bytes }: ReadEntry, expireIn?: number): Promise<void> {
    return this.#add(key, bytes, (commit) =>
      commit.set(
        key,
        value,
        expireIn === undefined ? {} : { expireIn },
      ));
  }

  delete(key: Deno.KvKey): Promise<void> {
    return this.#add(key, 0, (commit) => commit.delete(key));
  }

  async commit(): Promise<void> {
    if (this.#pending.length === 0) return;
    await write(() => {
      const commit = this.#kv.atomic();
      for (const add of this.#pending) add(commit);
      return commit.commit();
    });
    this.#pending = [];
    this.#bytes = this.#keyBytes = 0;
  }

  async #add(
    key: Deno.KvKey,
    bytes: number,
    add: (commit: Deno.AtomicOperation) => void,
  ): Promise<void> {
    const keyBytes = sizeOf(key);
    if (
      this.#pending.length >= MAX_MUTATIONS ||
      this.#bytes + bytes + keyBytes > MAX_BYTES ||
      this.#keyBytes + keyBytes > MAX_KEY_BYTES
    ) await this.commit();
    this.#pending.push(add);
    this.#bytes += bytes + keyBytes;
    this.#keyBytes += keyBytes;
  }
}

/** At least as many bytes as KV's encoding of a key has. */
function sizeOf(key: Deno.KvKey): number {
  return key.reduce<number>((sum, part) => {
    if (typeof part === "string") return sum + 2 + 3 * part.length;
    if (typeof part === "bigint") return sum + 4 + part.toString(16).length;
    return sum + 10 + (part instanceof Uint8Array ? 2 * part.length : 0);
  }, 0);
}
