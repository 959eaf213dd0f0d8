/**
 * A store that counts what Deno Deploy bills. A write request costs a unit for each started KiB of
 * the keys and values of all its mutations together; a read request costs a unit for each 4 KiB
 * that it returns, and at least one. Sources: Deploy's price list for the sizes, KiB and not kB by
 * github.com/denoland/deploy_feedback/issues/669, and how writes add up by issue 502 there; that
 * reads add up likewise was observed by users, but is not guaranteed. Checks are not documented to
 * cost anything.
 *
 * @module
 */
import { serialize } from "node:v8";

const READ_BYTES = 4_096;
const WRITE_BYTES = 1_024;
const NUMBER_BYTES = 8;
const USUAL_BATCH = 100;

/** The usage so far, in units. */
export interface KvUnits {
  reads: number;
  writes: number;
}

/** The operations of the store. */
export interface KvOperations {
  /** Read requests, and the bytes that they returned. */
  reads: number;
  bytesRead: number;
  /** Write requests, and their bytes of keys and values. */
  commits: number;
  bytesWritten: number;
}

/** Passes all calls on to a store and counts them. */
export function countingKv(
  real: Deno.Kv,
): { kv: Deno.Kv; units: KvUnits; operations: KvOperations } {
  const units: KvUnits = { reads: 0, writes: 0 };
  const operations = { reads: 0, bytesRead: 0, commits: 0, bytesWritten: 0 };
  const read = (entries: readonly Deno.KvEntryMaybe<unknown>[]) => {
    let bytes = 0;
    for (const { key, value, versionstamp } of entries) {
      if (versionstamp !== null) bytes += keyBytes(key) + valueBytes(value);
    }
    units.reads += Math.max(1, Math.ceil(bytes / READ_BYTES));
    operations.reads++;
    operations.bytesRead += bytes;
  };
  const wrote = (bytes: number) => {
    units.writes += Math.max(1, Math.ceil(bytes / WRITE_BYTES));
    operations.commits++;
    operations.bytesWritten += bytes;
  };
  const counted = {
    async get(...args: Parameters<Deno.Kv["get"]>) {
      const entry = await real.get(...args);
      read([entry]);
      return entry;
    },
    async getMany(...args: Parameters<Deno.Kv["getMany"]>) {
      const entries = await real.getMany(...args);
      read(entries);
      return entries;
    },
    async *list(...[selector, options]: Parameters<Deno.Kv["list"]>) {
      const size = options?.batchSize ?? USUAL_BATCH;
      let batch: Deno.KvEntry<unknown>[] = [];
      for await (const entry of real.list(selector, options)) {
        batch.push(entry);
        if (batch.length === size) {
          read(batch);
          batch = [];
        }
        yield entry;
      }
      // Also if it is empty: finding the end takes a read.
      read(batch);
    },
    set(...args: Parameters<Deno.Kv["set"]>) {
      wrote(keyBytes(args[0]) + valueBytes(args[1]));
      return real.set(...args);
    },
    delete(key: Deno.KvKey) {
      wrote(keyBytes(key));
      return real.delete(key);
    },
    atomic() {
      return countingAtomic(real.atomic(), wrote);
    },
  };
  const kv = new Proxy(real, {
    get(target, name) {
      if (Object.hasOwn(counted, name)) {
        return counted[name as keyof typeof counted];
      }
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { kv, units, operations };
}

/** Counts its mutations when it is committed. */
function countingAtomic(
  atomic: Deno.AtomicOperation,
  wrote: (bytes: number) => void,
): Deno.AtomicOperation {
  let bytes = 0;
  let mutations = 0;
  const { set, delete: remove, sum, min, max, commit } = atomic;
  const add = (key: Deno.KvKey, value: number) => {
    bytes += keyBytes(key) + value;
    mutations++;
  };
  return Object.assign(atomic, {
    set(key: Deno.KvKey, value: unknown, options?: { expireIn?: number }) {
      add(key, valueBytes(value));
      return set.call(atomic, key, value, options);
    },
    delete(key: Deno.KvKey) {
      add(key, 0);
      return remove.call(atomic, key);
    },
    sum(key: Deno.KvKey, n: bigint) {
      add(key, NUMBER_BYTES);
      return sum.call(atomic, key, n);
    },
    min(key: Deno.KvKey, n: bigint) {
      add(key, NUMBER_BYTES);
      return min.call(atomic, key, n);
    },
    max(key: Deno.KvKey, n: bigint) {
      add(key, NUMBER_BYTES);
      return max.call(atomic, key, n);
    },
    commit() {
      if (mutations > 0) wrote(bytes);
      return commit.call(atomic);
    },
  });
}

/** Length of a key as stored. */
function keyBytes(key: Deno.KvKey): number {
  let bytes = 0;
  for (const part of key) {
    if (typeof part === "string") {
      bytes += new TextEncoder().encode(part).length + 2;
    } else if (part instanceof Uint8Array) bytes += part.length + 2;
    else bytes += typeof part === "boolean" ? 1 : NUMBER_BYTES + 1;
  }
  return bytes;
}

function valueBytes(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Deno.KvU64) return NUMBER_BYTES;
  return serialize(value).length;
}
