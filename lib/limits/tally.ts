import { CountedWindow, stepOf } from "./counted_window.ts";
import type { Rate } from "./rate.ts";
import type { Decision } from "./throttle.ts";

/** How much one subject has used of one limit. */
export interface Tallied {
  readonly name: string;
  /** The full subject of the name; only if this process has seen it. */
  subject: string | null;
  readonly window: CountedWindow;
  /** Passes that have not been reported to other processes yet. */
  unsent: number;
}

/** The maximum number of subjects of all tallies of a {@linkcode TallyRoom}. */
const MAX_SUBJECTS = 100_000;

/**
 * The memory that tallies share. Unused subjects are dropped, the least recently used first: a
 * flood of a million addresses displaces itself, not recurring clients.
 */
export class TallyRoom {
  readonly #tallies = new Set<Tally>();
  readonly #max: number;
  #young = 0;

  constructor(max = MAX_SUBJECTS) {
    this.#max = max;
  }

  join(tally: Tally): void {
    this.#tallies.add(tally);
  }

  leave(tally: Tally): void {
    this.#tallies.delete(tally);
  }

  /** Counts one more young subject; when half the room is young, the old ones are dropped. */
  grow(): void {
    if (++this.#young < this.#max / 2) return;
    this.#young = 0;
    for (const tally of this.#tallies) tally.age();
  }
}

/** Options of {@linkcode Tally}. */
export interface TallyOptions {
  /** Its id across processes; another rate needs another tally. */
  id: string;
  /** The policy's name in the rate limit fields. */
  policy: string;
  rate: Rate;
  room: TallyRoom;
}

/**
 * One limit over many subjects, decided in memory without waiting. Counts of other processes are
 * added by {@linkcode merge}.
 */
export class Tally {
  readonly id: string;
  readonly rate: Rate;
  readonly #policy: string;
  readonly #room: TallyRoom;
  readonly #step: number;
  #young = new Map<string, Tallied>();
  #old = new Map<string, Tallied>();
  /** Subjects with unsent counts. */
  #changed: Tallied[] = [];

  constructor({ id, policy, rate, room }: TallyOptions) {
    this.id = id;
    this.rate = rate;
    this.#policy = policy;
    this.#room = room;
    this.#step = stepOf(rate);
    room.join(this);
  }

  /**
   * Counts an attempt if it is allowed. Refused ones are not counted and do not lengthen the wait.
   */
  take(name: string, now: number): Decision {
    const { rate } = this;
    const tallied = this.#seen(name, now);
    const { window } = tallied;
    if (window.total < rate.limit) {
      this.#count(tallied, now);
      return this.#decision(
        true,
        rate.limit - window.total,
        0,
        window.frees(rate) - now,
      );
    }
    const wait = Math.max(1, window.opensAt(rate) - now);
    return this.#decision(false, 0, wait, wait);
  }

  /** Counts one attempt regardless of the limit; returns the number within the window. */
  count(name: string, subject: string, now: number): number {
    const tallied = this.#seen(name, now);
    tallied.subject = subject;
    this.#count(tallied, now);
    return tallied.window.total;
  }

  /** Adds counts of another process. */
  merge(name: string, count: number, at: number, now: number): Tallied {
    const tallied = this.#seen(name, now);
    tallied.window.add(Math.min(at, now), count, this.#step);
    return tallied;
  }

  /** The current use, without counting an attempt; null if there is none. */
  spent(name: string, now: number): Decision | null {
    const tallied = this.#young.get(name) ?? this.#old.get(name);
    if (tallied === undefined) return null;
    const { window } = tallied;
    window.advance(now, this.rate, this.#step);
    if (window.total === 0) return null;
    const left = this.rate.limit - window.total;
    const wait = left > 0 ? 0 : Math.max(1, window.opensAt(this.rate) - now);
    return this.#decision(
      left > 0,
      Math.max(0, left),
      wait,
      left > 0 ? window.frees(this.rate) - now : wait,
    );
  }

  /** Resets a subject; false if it was unknown. */
  forget(name: string): boolean {
    const tallied = this.#young.get(name) ?? this.#old.get(name);
    if (tallied) tallied.unsent = 0;
    const isOld = this.#old.delete(name);
    return this.#young.delete(name) || isOld;
  }

  /** The counts for other processes; clears them. */
  takeChanges(): [name: string, count: number][] {
    const changes: [string, number][] = [];
    for (const tallied of this.#changed) {
      if (tallied.unsent > 0) changes.push([tallied.name, tallied.unsent]);
      tallied.unsent = 0;
    }
    this.#changed = [];
    return changes;
  }

  /** Subjects that have used at least a share of the limit. */
  *heavy(share: number, now: number): Generator<Tallied> {
    for (const subjects of [this.#young, this.#old]) {
      for (const tallied of subjects.values()) {
        tallied.window.advance(now, this.rate, this.#step);
        if (tallied.window.total >= this.rate.limit * share) yield tallied;
      }
    }
  }

  /** The young subjects become old, and the old ones are dropped. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }

  /** Releases its part of the room. */
  close(): void {
    this.#room.leave(this);
  }

  #seen(name: string, now: number): Tallied {
    let tallied = this.#young.get(name);
    if (tallied === undefined) {
      tallied = this.#old.get(name) ??
        { name, subject: null, window: new CountedWindow(), unsent: 0 };
      this.#room.grow();
      this.#young.set(name, tallied);
    }
    tallied.window.advance(now, this.rate, this.#step);
    return tallied;
  }

  #count(tallied: Tallied, now: number): void {
    tallied.window.add(now, 1, this.#step);
    if (tallied.unsent++ === 0) this.#changed.push(tallied);
  }

  #decision(
    allowed: boolean,
    remaining: number,
    retryAfterMs: number,
    resetMs: number,
  ): Decision {
    return {
      allowed,
      limit: this.rate.limit,
      remaining,
      retryAfterMs,
      // Otherwise a pass that counts for up to one step longer would outlast its window.
      resetMs: allowed
        ? Math.min(this.rate.windowMs, Math.max(0, resetMs))
        : resetMs,
      windowMs: this.rate.windowMs,
      policy: this.#policy,
    };
  }
}
