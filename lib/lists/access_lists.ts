import { deadline } from "../base/delay.ts";
import { Recent } from "../base/recent.ts";
import { parseCidr } from "../net/cidr.ts";
import { readIp } from "../net/ip.ts";
import { isRefused } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import {
  type AccessChange,
  type AccessEntry,
  isLive,
  type ListName,
} from "./access_entry.ts";
import { AccessList } from "./access_list.ts";
import { changesBetween, readSnapshot } from "./access_snapshot.ts";
import { BlockHits } from "./block_hits.ts";
import { MINUTE } from "../base/duration.ts";

/** Options for {@linkcode AccessLists.open}. */
export interface AccessListsOptions {
  now: () => number;
  /** How often changes by other processes are read, in ms. @default {500} */
  pollMs?: number;
  /** How long one read may take, in ms. @default {1000} */
  deadlineMs?: number;
  /** Called after every poll of KV, with its error or null. */
  onPoll?: (error: Error | null) => void;
  /** Called if the store rejects the hits; that is a bug, not an outage. */
  onRefused?: (error: unknown) => void;
  /** Called with the changes made by this process. */
  onLocal?: (changes: readonly AccessChange[]) => void;
}

/** The list and the entry that decide about an address. */
export interface AccessMatch {
  kind: ListName;
  entry: AccessEntry;
}

type Lists = Record<ListName, AccessList>;

const MAX_FOUND = 8_192;
const LOAD_DEADLINE_MS = MINUTE;
const FLUSH_EVERY_MS = 2_000;
/**
 * Maximum number of entries whose hits one flush writes, so that thousands of blocked visitors do
 * not keep the store busy.
 */
const MOST_HITS_AT_ONCE = 400;
const SWEEP_EVERY_MS = 600_000;

/**
 * Both lists in memory, synchronised with KV: one instance per process. Lookups are synchronous and
 * never access KV; if KV fails or stalls, the last known lists stay in use and {@linkcode stale} is
 * true.
 */
export class AccessLists {
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  readonly #pollMs: number;
  readonly #deadlineMs: number;
  readonly #onPoll: ((error: Error | null) => void) | undefined;
  readonly #onRefused: AccessListsOptions["onRefused"];
  readonly #onLocal: AccessListsOptions["onLocal"];
  readonly #hits: BlockHits;
  readonly #words = new Int32Array(4);
  #lists = emptyLists();
  /** A cache of the last addresses' entries, cleared when the lists change. */
  readonly #found = new Recent<string, AccessMatch | null>(MAX_FOUND);
  #version = 0;
  /** Changes of this process that were not read back from KV yet. */
  #local: AccessChange[] = [];
  #lookError: Error | null = null;
  #hitsError: Error | null = null;
  #isRefused = false;
  #flushing: Promise<void> | undefined;
  #lookedAt: number;
  #work: Promise<unknown> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushedAt: number;
  #sweptAt: number;
  #closed = false;

  private constructor(
    kv: Deno.Kv,
    {
      now,
      pollMs = 500,
      deadlineMs = 1_000,
      onPoll,
      onRefused,
      onLocal,
    }: AccessListsOptions,
  ) {
    this.#kv = kv;
    this.#now = now;
    this.#pollMs = pollMs;
    this.#deadlineMs = deadlineMs;
    this.#onPoll = onPoll;
    this.#onRefused = onRefused;
    this.#onLocal = onLocal;
    this.#hits = new BlockHits(kv, now);
    this.#flushedAt = this.#sweptAt = this.#lookedAt = now();
  }

  /** Reads both lists and starts to follow changes; rejects if they cannot be read. */
  static async open(
    kv: Deno.Kv,
    options: AccessListsOptions,
  ): Promise<AccessLists> {
    const lists = new AccessLists(kv, options);
    await lists.#reload();
    lists.#schedule();
    return lists;
  }

  /** Number of entries of each list. */
  get sizes(): Record<ListName, number> {
    return {
      blocked: this.#lists.blocked.size,
      safe: this.#lists.safe.size,
    };
  }

  /** The version of the lists in memory. */
  get version(): number {
    return this.#version;
  }

  /** Whether the last poll of KV failed, so that other processes' changes may be missing. */
  get stale(): boolean {
    return this.#lookError !== null;
  }

  /** When KV last answered a poll, epoch ms. */
  get lookedAt(): number {
    return this.#lookedAt;
  }

  /** Why the last poll failed, or hits could not be written, or null. */
  get lastError(): Error | null {
    return this.#lookError ?? this.#hitsError;
  }

  /**
   * The entry that decides about an address at `now` (epoch ms), or null. The safelist wins;
   * within a list the narrowest range does. Allocates nothing unless it finds one.
   */
  match(ip: string, now: number): AccessMatch | null {
    const family = readIp(ip, this.#words);
    if (family === 0) return null;
    const safe = this.#lists.safe.match(family, this.#words, now);
    if (safe) return { kind: "safe", entry: safe };
    const entry = this.#lists.blocked.match(family, this.#words, now);
    return entry && { kind: "blocked", entry };
  }

  /** {@linkcode match} with a cache for the last addresses. */
  matchAgain(ip: string, now: number): AccessMatch | null {
    const known = this.#found.get(ip);
    if (known === null || known !== undefined && isLive(known.entry, now)) {
      return known;
    }
    const match = this.match(ip, now);
    this.#found.set(ip, match);
    return match;
  }

  /** Applies changes of this process at once, before the next poll of KV. */
  applyLocal(changes: readonly AccessChange[]): void {
    this.#onLocal?.(changes);
    for (const change of changes) {
      if (change.version <= this.#version) continue;
      this.#local.push(change);
      this.#apply(change);
    }
  }

  /** Counts a request refused by an entry, in memory. */
  recordHit(entry: Pick<AccessEntry, "ip_address">): void {
    this.#hits.record(entry.ip_address, this.#now());
  }

  /**
   * Writes the counted hits; this also happens every 2 s. Rejects if KV fails; no counts are lost.
   */
  flushHits(): Promise<void> {
    this.#flushedAt = this.#now();
    return deadline(this.#hits.flush(), this.#deadlineMs);
  }

  /**
   * Polls KV now, and writes hits if they are due. Never rejects; false if something failed (see
   * {@linkcode lastError}).
   */
  async poll(): Promise<boolean> {
    const looked = this.#work.then(() => this.#look());
    this.#work = looked;
    await looked;
    await this.#flushing;
    return this.lastError === null;
  }

  /** Stops following and writes the remaining hits; waits for a running poll. */
  async close(): Promise<void> {
    this[Symbol.dispose]();
    await this.#work;
    await deadline(Promise.resolve(this.#flushing), this.#deadlineMs)
      .catch(() => {});
    await this.flushHits().catch(() => {});
  }

  /** Stops following at once; unwritten hits are lost. */
  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(
      () =>
        this.#work = this.#work.then(() => this.#look()).then(() =>
          this.#schedule()
        ),
      this.#pollMs,
    );
    Deno.unrefTimer(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      await this.#follow();
      const now = this.#now();
      if (now - this.#sweptAt >= SWEEP_EVERY_MS) {
        this.#sweptAt = now;
        this.#lists.blocked.sweep(now);
        this.#lists.safe.sweep(now);
      }
      // A long flush must not delay blocks made by other processes.
      if (now - this.#flushedAt >= FLUSH_EVERY_MS) {
        this.#flushing ??= this.#flush().finally(() =>
          this.#flushing = undefined
        );
      }
      this.#lookError = null;
      this.#lookedAt = now;
    } catch (error) {
      this.#lookError = asError(error);
    }
    this.#onPoll?.(this.lastError);
  }

  /** Writes hits without a deadline, one flush at a time. */
  async #flush(): Promise<void> {
    this.#flushedAt = this.#now();
    try {
      await this.#hits.flush(MOST_HITS_AT_ONCE);
      this.#hitsError = null;
      this.#isRefused = false;
    } catch (error) {
      if (!isRefused(error)) {
        this.#hitsError = asError(error);
        this.#onPoll?.(this.lastError);
        return;
      }
      // Reported once: the store will reject it again.
      if (!this.#isRefused) this.#onRefused?.(error);
      this.#isRefused = true;
    }
  }

  async #follow(): Promise<void> {
    const { value } = await deadline(
      this.#kv.get<number>(keys.accessVersion()),
      this.#deadlineMs,
    );
    const latest = value ?? 0;
    if (latest === this.#version) return;
    // Versions only grow: a smaller one means that the store was restored from a backup.
    const changes = latest < this.#version ? null : await deadline(
      changesBetween(this.#kv, this.#version, latest),
      this.#deadlineMs,
    );
    if (changes === null) return await this.#reload();
    for (const change of changes) this.#apply(change);
    this.#arrive(latest);
  }

  async #reload(): Promise<void> {
    const { version, lists } = await deadline(
      readLists(this.#kv, this.#now()),
      LOAD_DEADLINE_MS,
    );
    this.#lists = lists;
    this.#arrive(version);
  }

  /**
   * Newer changes of this process are applied after those from KV, in the same turn of the event
   * loop.
   */
  #arrive(version: number): void {
    this.#version = version;
    this.#found.clear();
    this.#local = this.#local.filter((change) => change.version > version);
    for (const change of this.#local) this.#apply(change);
  }

  #apply(change: AccessChange): void {
    this.#found.clear();
    apply(this.#lists, change);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function apply(lists: Lists, { put, removed }: AccessChange): void {
  for (const { list, ip_address } of removed) {
    lists[list].delete(parseCidr(ip_address));
  }
  for (const { list, entry } of put) {
    lists[list].set(parseCidr(entry.ip_address), entry);
  }
}

/** The version is read first: changes made during the read are then followed again. */
async function readLists(
  kv: Deno.Kv,
  now: number,
): Promise<{ version: number; lists: Lists }> {
  const version = (await kv.get<number>(keys.accessVersion())).value ?? 0;
  const packed = emptyLists();
  const changes = await readSnapshot(kv, version, now, packed);
  if (changes !== null) {
    for (const change of changes) apply(packed, change);
    return { version, lists: packed };
  }
  const lists = emptyLists();
  for (const list of ["safe", "blocked"] as const) {
    const rows = kv.list<AccessEntry>({ prefix: keys.accessAll(list) }, {
      batchSize: 1_000,
    });
    for await (const { value } of rows) {
      if (isLive(value, now)) {
        lists[list].set(parseCidr(value.ip_address), value);
      }
    }
  }
  return { version, lists };
}

function emptyLists(): Lists {
  return { blocked: new AccessList(), safe: new AccessList() };
}
