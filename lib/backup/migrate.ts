import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { deadline } from "../base/delay.ts";
import { compareKeys } from "../store/key_order.ts";
import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import { requireWhole } from "../store/schema.ts";
import { Batch } from "./batch.ts";
import { Canonical } from "./canonical.ts";
import type { BackupEntry } from "./format.ts";
import { isKept, Lifetimes } from "./lifetime.ts";
import { holdsSomething, NotEmptyError } from "./restore.ts";

/** A thousand blocks of the request log at once are 60 MB. */
const READ_BATCH = 200;
/** How long a batch may take to read, in ms, as a dead server never answers. */
const ANSWER_MS = 30_000;
/** After so many passes the source is changing faster than it can be copied. */
const MAX_PASSES = 4;
const MAX_NAMED = 5;

/** Options for {@linkcode migrateStore}. */
export interface MigrateOptions {
  /** Identifies the source; an interrupted copy is only continued from the same one. */
  source: string;
  now: () => number;
  /** Replace what the destination holds. @default {false} */
  force?: boolean;
  onProgress?: (progress: MigrateProgress) => void;
}

/** How far {@linkcode migrateStore} has come. */
export interface MigrateProgress {
  /** 1 copies, the others compare. */
  pass: number;
  /** Entries of the source that were read in this pass. */
  read: number;
}

/** What one of the two stores holds, as it was read. */
export interface StoreDigest {
  count: number;
  /** Of the keys and values, in order; in hexadecimal. */
  sha256: string;
}

/** What a pass found and corrected. */
export interface Differences {
  /** Entries of the source that the destination lacked. */
  missing: number;
  /** Entries whose values were not the same. */
  changed: number;
  /** Entries that only the destination had. */
  extra: number;
  /** The first keys of these. */
  keys: Deno.KvKey[];
}

/** What {@linkcode migrateStore} did. */
export interface Migrated {
  /** Whether it continued an interrupted copy. */
  resumed: boolean;
  /** How many entries the first pass wrote. */
  written: number;
  /** How many entries of the source had expired. */
  expired: number;
  /** What changed in the source meanwhile, and was copied again. */
  changed: Differences;
  from: StoreDigest;
  to: StoreDigest;
}

/** The source changed in every pass, or the destination does not keep what is written. */
export class StillDifferentError extends Error {
  override name = "StillDifferentError";
  constructor(readonly differences: Differences) {
    super(`${total(differences)} entries still differ`);
  }
}

interface Mark {
  source: string;
  /** The last key that is copied. */
  after: Deno.KvKey | null;
}

/**
 * Makes a store hold what another one holds, and nothing else, and compares both until a pass finds
 * no difference. If it is interrupted, a mark prevents servers from starting on the destination,
 * and the next run continues there.
 *
 * @throws {NotEmptyError} where the destination holds something else, without `force`.
 * @throws {SchemaError} where the source is half restored or newer than this code.
 * @throws {StillDifferentError} where they differ after every pass; the mark stays.
 */
export async function migrateStore(
  from: Deno.Kv,
  to: Deno.Kv,
  { source, now, force = false, onProgress = () => {} }: MigrateOptions,
): Promise<Migrated> {
  await requireWhole(from);
  const { value: mark } = await to.get<Mark>(keys.migrating());
  const resumed = mark?.source === source;
  if (!resumed) {
    if (!force && await holdsSomething(to)) {
      throw new NotEmptyError("the destination is not empty");
    }
    const begun: Mark = { source, after: null };
    await write(() => to.set(keys.migrating(), begun));
  }
  const run = (pass: number, after: Deno.KvKey | null) =>
    runPass({ from, to, source, now, pass, after, onProgress });
  const first = await run(1, resumed ? mark.after : null);
  const changed: Differences = { missing: 0, changed: 0, extra: 0, keys: [] };
  for (let pass = 2; pass <= MAX_PASSES; pass++) {
    const { found, expired, digests } = await run(pass, null);
    if (total(found) === 0) {
      await write(() => to.atomic().delete(keys.migrating()).commit());
      return {
        resumed,
        written: first.found.missing + first.found.changed,
        expired,
        changed,
        ...digests,
      };
    }
    add(changed, found);
  }
  throw new StillDifferentError(changed);
}

interface PassOptions extends Required<Omit<MigrateOptions, "force">> {
  from: Deno.Kv;
  to: Deno.Kv;
  pass: number;
  after: Deno.KvKey | null;
}

/** Reads both stores side by side, in the order of keys, and writes what differs. */
async function runPass(
  { from, to, source, now, pass, after, onProgress }: PassOptions,
) {
  const found: Differences = { missing: 0, changed: 0, extra: 0, keys: [] };
  let [read, expired] = [0, 0];
  let done = after;
  // With each commit, so that the mark never says more than is there.
  const batch = new Batch(to, (commit) => {
    const mark: Mark = { source, after: pass === 1 ? done : null };
    commit.set(keys.migrating(), mark);
  });
  const lifetimes = new Lifetimes();
  const [fromDigest, toDigest] = [new Digest(), new Digest()];
  const differs = (kind: "missing" | "changed" | "extra", key: Deno.KvKey) => {
    found[kind]++;
    if (found.keys.length < MAX_NAMED) found.keys.push(key);
  };

  await using theirs = new Cursor(to, after);
  await using ours = new Cursor(from, after);
  let there = await theirs.next();

  const dropUpTo = async (key: Deno.KvKey | null) => {
    while (there && (key === null || compareKeys(there.key, key) < 0)) {
      if (!isKept(there.key)) {
        if (there.key[0] !== keys.migrating()[0]) await batch.delete(there.key);
      } else if (!isOver(there, now())) {
        toDigest.add(there);
        differs("extra", there.key);
        await batch.delete(there.key);
      }
      there = await theirs.next();
    }
  };

  for (let here; (here = await ours.next()) !== null;) {
    onProgress({ pass, read: ++read });
    await dropUpTo(here.key);
    const isSame = there !== null && compareKeys(there.key, here.key) === 0;
    const same = isSame ? there : null;
    if (isSame) there = await theirs.next();
    if (!isKept(here.key)) {
      if (same && same.key[0] !== keys.migrating()[0]) {
        await batch.delete(same.key);
      }
      continue;
    }
    const end = lifetimes.endOf(here);
    const left = end === null ? undefined : Math.ceil(end - now());
    if (left !== undefined && left <= 0) {
      expired++;
      continue;
    }
    const bytes = fromDigest.add(here);
    const isEqual = same !== null && toDigest.isSame(same, bytes);
    if (!isEqual) {
      differs(same ? "changed" : "missing", here.key);
      // V8 writes some texts with two bytes where UTF-8 has one.
      const entry = { ...here, bytes: 2 * bytes.length };
      await batch.set(entry, left);
    }
    done = here.key;
  }
  await dropUpTo(null);
  await batch.commit();
  return {
    found,
    expired,
    digests: { from: fromDigest.end(), to: toDigest.end() },
  };
}

/** Entries that expire only in the destination need no deletion. */
function isOver(entry: BackupEntry, now: number): boolean {
  const end = new Lifetimes().endOf(entry);
  return end !== null && end <= now;
}

/** The entries of a store from a key on, read a batch at a time. */
class Cursor implements AsyncDisposable {
  readonly #entries: AsyncIterator<Deno.KvEntry<unknown>>;
  #batch: BackupEntry[] = [];
  #at = 0;
  #ended = false;

  constructor(kv: Deno.Kv, from: Deno.KvKey | null) {
    this.#entries = kv.list(
      from ? { prefix: [], start: from } : { prefix: [] },
      { batchSize: READ_BATCH },
    );
  }

  /** Without a promise where the entry is there already: there are millions. */
  next(): BackupEntry | null | Promise<BackupEntry | null> {
    return this.#batch[this.#at++] ?? this.#more();
  }

  async #more(): Promise<BackupEntry | null> {
    if (this.#ended) return null;
    this.#batch = await deadline(this.#read(), ANSWER_MS);
    this.#at = 1;
    return this.#batch[0] ?? null;
  }

  async #read(): Promise<BackupEntry[]> {
    const batch: BackupEntry[] = [];
    while (batch.length < READ_BATCH) {
      const next = await this.#entries.next();
      if (next.done) {
        this.#ended = true;
        break;
      }
      batch.push(next.value);
    }
    return batch;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#entries.return?.();
  }
}

/** Counts and hashes entries as they come. */
class Digest {
  readonly #canonical = new Canonical();
  readonly #hash = createHash("sha256");
  #count = 0;

  /** The entry as it was hashed; a view that holds until the next call. */
  add(entry: BackupEntry): Uint8Array {
    const bytes = this.#canonical.encode(entry);
    this.#hash.update(bytes);
    this.#count++;
    return bytes;
  }

  /** Adds an entry, and says whether it is what another digest was given. */
  isSame(entry: BackupEntry, bytes: Uint8Array): boolean {
    return Buffer.compare(this.add(entry), bytes) === 0;
  }

  end(): StoreDigest {
    return { count: this.#count, sha256: this.#hash.digest("hex") };
  }
}

function total({ missing, changed, extra }: Differences): number {
  return missing + changed + extra;
}

function add(sum: Differences, found: Differences): void {
  sum.missing += found.missing;
  sum.changed += found.changed;
  sum.extra += found.extra;
  sum.keys = [...sum.keys, ...found.keys].slice(0, MAX_NAMED);
}
