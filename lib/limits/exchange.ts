/**
 * Exchanges counts between processes for limits that are decided in memory. A process writes its
 * counts since the last round, and reads those of the others. A round takes less than half a
 * second, so a count is known to every process within a second.
 *
 * @module
 */
import { deadline } from "../base/delay.ts";
import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import type { AtOnce } from "./at_once.ts";
import type { Tallied, Tally } from "./tally.ts";
import { DAY, MINUTE } from "../base/duration.ts";

/** One value of the store: counts of a process, or subjects to forget. */
interface SharedCounts {
  at: number;
  /** Tally, name, count; a count of 0 resets the subject. */
  rows: [tally: string, name: string, count: number][];
  /** Limit, name, number of open requests. */
  open: [limit: string, name: string, count: number][];
  expires_at: number;
}

/** The subjects that have used much of a limit, so that a new process does not start from zero. */
interface Snapshot {
  at: number;
  rows: [tally: string, name: string, passes: number[]][];
  expires_at: number;
}

/** Options of {@linkcode LimitExchange}. */
export interface LimitExchangeOptions {
  kv: Deno.Kv;
  now: () => number;
  /** The pause between two rounds. @default {350} */
  everyMs?: number;
  /** The timeout of the store for one step. @default {1000} */
  deadlineMs?: number;
  /** Called after another process's counts were added. */
  onMerged?: (tally: Tally, tallied: Tallied) => void;
  onError?: (error: unknown) => void;
}

/** How long counts are kept: clocks may differ, and a process may sleep. */
const SHARED_TTL_MS = MINUTE;
const LOOK_BACK_MS = 10_000;
const SNAPSHOT_EVERY_MS = 10_000;
const SNAPSHOT_TTL_MS = DAY;
/** Subjects that have used less than this share of a limit are not in the snapshot. */
const SNAPSHOT_SHARE = 0.05;
const SNAPSHOT_PARTS = 16;
/** A value holds 64 KiB, and a name at most 64 characters. */
const ROWS_PER_VALUE = 200;
const MAX_OPEN = 150;
const MAX_VALUES = 100;

/** See the module. */
export class LimitExchange {
  readonly #options: LimitExchangeOptions;
  readonly #writer = crypto.randomUUID();
  readonly #tallies = new Map<string, Tally>();
  readonly #atOnce = new Map<string, AtOnce>();
  readonly #read = new Map<string, number>();
  #forgotten: [tally: string, name: string][] = [];
  /** Rows that could not be written yet. */
  #unwritten: SharedCounts["rows"] = [];
  #hadOpen = false;
  #n = 0;
  #snapshotAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: LimitExchangeOptions) {
    this.#options = options;
  }

  /** Starts the rounds. */
  start(): void {
    this.#schedule();
  }

  /** Adds tallies; their stored counts are read first. */
  async add(...tallies: Tally[]): Promise<void> {
    for (const tally of tallies) this.#tallies.set(tally.id, tally);
    if (tallies.length > 0) await this.#restore(new Set(tallies));
  }

  addAtOnce(limit: AtOnce): void {
    this.#atOnce.set(limit.id, limit);
  }

  remove(id: string): void {
    this.#tallies.get(id)?.close();
    this.#tallies.delete(id);
    this.#atOnce.delete(id);
  }

  get tallies(): Iterable<Tally> {
    return this.#tallies.values();
  }

  /** Resets a subject here at once, and in other processes with the next round. */
  forget(tally: string, name: string): boolean {
    this.#forgotten.push([tally, name]);
    return this.#tallies.get(tally)?.forget(name) ?? false;
  }

  /** Runs a round now. */
  round(): Promise<void> {
    return this.#work = this.#work.then(() => this.#round()).catch((error) => {
      this.#options.onError?.(error);
    });
  }

  /** Writes the remaining counts and stops. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.round();
    this.#snapshotAt = 0;
    await this.#snapshot().catch(() => {});
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(async () => {
      await this.round();
      this.#schedule();
    }, this.#options.everyMs ?? 350);
    Deno.unrefTimer(this.#timer);
  }

  async #round(): Promise<void> {
    if (this.#tallies.size + this.#atOnce.size === 0) return;
    await this.#publish();
    await this.#receive();
    await this.#snapshot();
  }

  async #publish(): Promise<void> {
    const rows = this.#unwritten;
    for (const [tally, name] of this.#forgotten.splice(0)) {
      rows.push([tally, name, 0]);
    }
    for (const tally of this.#tallies.values()) {
      for (const [name, count] of tally.takeChanges()) {
        rows.push([tally.id, name, count]);
      }
    }
    const open: SharedCounts["open"] = [];
    for (const limit of this.#atOnce.values()) {
      for (const [name, count] of limit.open()) {
        if (open.length < MAX_OPEN) open.push([limit.id, name, count]);
      }
    }
    // The store may be down for long, and old counts matter little.
    this.#unwritten = rows.slice(-ROWS_PER_VALUE * MAX_VALUES);
    const hasOpen = open.length > 0 || this.#hadOpen;
    while (this.#unwritten.length > 0 || hasOpen) {
      const part = this.#unwritten.slice(0, ROWS_PER_VALUE);
      const at = this.#options.now();
      const expires_at = at + SHARED_TTL_MS;
      const value: SharedCounts = { at, rows: part, open, expires_at };
      const key = keys.limitShared(at, this.#writer, this.#n++);
      await this.#within(write(() =>
        this.#options.kv.atomic()
          .set(key, value, { expireIn: SHARED_TTL_MS }).commit()
      ));
      this.#unwritten = this.#unwritten.slice(part.length);
      if (this.#unwritten.length === 0) break;
    }
    this.#hadOpen = open.length > 0;
  }

  async #receive(): Promise<void> {
    const { kv, now, onMerged } = this.#options;
    const from = now() - LOOK_BACK_MS;
    const rows = kv.list<SharedCounts>({
      start: keys.limitSharedFrom(from),
      end: keys.limitSharedFrom(Number.MAX_SAFE_INTEGER),
    }, { batchSize: 500 });
    const found: [key: Deno.KvKey, value: SharedCounts][] = [];
    await this.#within((async () => {
      for await (const { key, value } of rows) found.push([key, value]);
    })());
    for (const [key, { at, rows, open }] of found) {
      const id = key.join(" ");
      const writer = String(key[2]);
      if (writer === this.#writer || this.#read.has(id)) continue;
      this.#read.set(id, at);
      for (const [tallyId, name, count] of rows) {
        const tally = this.#tallies.get(tallyId);
        if (tally === undefined) continue;
        if (count === 0) {
          tally.forget(name);
          continue;
        }
        const tallied = tally.merge(name, count, at, now());
        onMerged?.(tally, tallied);
      }
      for (const limit of this.#atOnce.values()) {
        limit.hear(
          writer,
          open.filter(([id]) => id === limit.id)
            .map(([, name, count]) => [name, count]),
          now(),
        );
      }
    }
    for (const [id, at] of this.#read) {
      if (at < from - LOOK_BACK_MS) this.#read.delete(id);
    }
  }

  /** Written by the process that finds the last one too old. */
  async #snapshot(): Promise<void> {
    const { kv, now } = this.#options;
    const at = now();
    if (Math.abs(at - this.#snapshotAt) < SNAPSHOT_EVERY_MS) return;
    const last = await this.#within(kv.get<Snapshot>(keys.limitSnapshot(0)));
    const isRecent = last.value !== null &&
      Math.abs(at - last.value.at) < SNAPSHOT_EVERY_MS;
    this.#snapshotAt = isRecent ? last.value!.at : at;
    if (isRecent && !this.#closed) return;
    const rows: Snapshot["rows"] = [];
    for (const tally of this.#tallies.values()) {
      for (const { name, window } of tally.heavy(SNAPSHOT_SHARE, at)) {
        if (rows.length === SNAPSHOT_PARTS * SNAPSHOT_ROWS) break;
        rows.push([tally.id, name, window.passes()]);
      }
    }
    if (rows.length === 0 && last.value === null) return;
    const atomic = kv.atomic();
    for (let n = 0; n < SNAPSHOT_PARTS; n++) {
      const part = rows.slice(n * SNAPSHOT_ROWS, (n + 1) * SNAPSHOT_ROWS);
      const key = keys.limitSnapshot(n);
      const expires_at = at + SNAPSHOT_TTL_MS;
      const value: Snapshot = { at, rows: part, expires_at };
      if (n === 0 || part.length > 0) {
        atomic.set(key, value, { expireIn: SNAPSHOT_TTL_MS });
      } else atomic.delete(key);
    }
    await this.#within(write(() => atomic.commit()));
  }

  async #restore(fresh: ReadonlySet<Tally>): Promise<void> {
    const { kv, now } = this.#options;
    const since = new Map<number, number>();
    const parts = kv.list<Snapshot>({ prefix: keys.limitSnapshotAll() });
    const taken = now();
    await this.#within((async () => {
      for await (const { value } of parts) {
        for (const [id, name, passes] of value.rows) {
          const tally = this.#tallies.get(id);
          if (tally === undefined || !fresh.has(tally)) continue;
          for (let i = 0; i < passes.length; i += 2) {
            if (passes[i]! + tally.rate.windowMs <= taken) continue;
            tally.merge(name, passes[i + 1]!, passes[i]!, taken);
          }
        }
        since.set(0, value.at);
      }
      // Counts written after the snapshot.
      const from = since.get(0) ?? taken - SHARED_TTL_MS;
      const rows = kv.list<SharedCounts>({
        start: keys.limitSharedFrom(from),
        end: keys.limitSharedFrom(Number.MAX_SAFE_INTEGER),
      }, { batchSize: 500 });
      for await (const { key, value } of rows) {
        this.#read.set(key.join(" "), value.at);
        for (const [id, name, count] of value.rows) {
          const tally = this.#tallies.get(id);
          if (tally === undefined || !fresh.has(tally)) continue;
          if (count === 0) tally.forget(name);
          else tally.merge(name, count, value.at, taken);
        }
      }
    })());
  }

  #within<T>(work: Promise<T>): Promise<T> {
    return deadline(work, this.#options.deadlineMs ?? 1_000);
  }
}

/** A row has up to 64 times and counts. */
const SNAPSHOT_ROWS = 60;
