import { keys } from "../store/keys.ts";
import type { LineKey } from "./line_hash.ts";

/** Runs of lines that were imported together; the store's value. */
export interface StoredRuns {
  v: 1;
  expires_at: number;
  /** A hash of each run; see line_hash.ts. */
  runs: Float64Array;
  /** How many lines each has. */
  lengths: Uint16Array;
  /** A hash of the last lines of each; 0 for none. */
  ends?: Float64Array;
}

/** Hashes of their lines, in a separate value: read only for a file that is nearly the same. */
export interface StoredLines {
  v: 1;
  expires_at: number;
  lines: Uint32Array;
}

/** A position in the stored lines. */
export interface Place {
  session: string;
  n: number;
  /** Index of the line in that value. */
  offset: number;
}

/** A range of a value's lines. */
export interface Span {
  session: string;
  n: number;
  from: number;
  to: number;
}

interface Run {
  session: string;
  n: number;
  start: number;
  end: number;
  count: number;
}

/** This many equal lines in a row are not chance. */
export const PROBE = 8;
/** Number of values that are searched, some 10,000 lines each. */
const MOST_SEARCHED = 400;

/** Lines per value; a value's limit is 64 KiB. */
export const MOST_LINES = 12_000;

/**
 * The imported lines, by their hashes: runs in memory, eight bytes for some 256 lines, and the
 * lines themselves in the store.
 */
export class SeenLines {
  readonly key: LineKey;
  #isKeyStored = false;
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  /** Positions of runs, by their hashes. */
  readonly #runs = new Map<number, Run>();
  /** Positions of cuts, by the hash of the lines before them. */
  readonly #ends = new Map<number, Place>();
  /**
   * Written, but not treated as known before the file ends: repetitions within a file are separate
   * requests.
   */
  #pending: [session: string, n: number, runs: StoredRuns][] = [];
  readonly #firsts: Place[] = [];
  #cached: { id: string; lines: Uint32Array | null } = { id: "", lines: null };

  private constructor(kv: Deno.Kv, now: () => number, key: LineKey) {
    this.#kv = kv;
    this.#now = now;
    this.key = key;
  }

  /** Reads the stored runs; the first import creates a key, and stores it with its lines. */
  static async open(kv: Deno.Kv, now: () => number): Promise<SeenLines> {
    const { value } = await kv.get<LineKey>(keys.importKey());
    const [a, b] = crypto.getRandomValues(new Int32Array(2));
    const seen = new SeenLines(kv, now, value ?? [a!, b!]);
    seen.#isKeyStored = value !== null;
    const entries = kv.list<StoredRuns>({ prefix: keys.importRunsAll() });
    for await (const { key, value } of entries) {
      if (value.expires_at <= now()) continue;
      seen.#put(key[1] as string, key[2] as number, value);
    }
    return seen;
  }

  /** How many runs are known. */
  get size(): number {
    return this.#runs.size;
  }

  /** How many runs with this hash have been imported. */
  count(run: number): number {
    return this.#runs.get(run)?.count ?? 0;
  }

  /** Position of the lines that followed a known run. */
  after(run: number): Place | null {
    const found = this.#runs.get(run);
    return found
      ? { session: found.session, n: found.n, offset: found.end }
      : null;
  }

  /** The lines before a known run, in its own value. */
  async before(run: number): Promise<Uint32Array> {
    const found = this.#runs.get(run);
    const lines = found && await this.#lines(found.session, found.n);
    return lines?.subarray(0, found!.start) ?? new Uint32Array(0);
  }

  /** The lines before a position, in its own value. */
  async linesBefore({ session, n, offset }: Place): Promise<Uint32Array> {
    const lines = await this.#lines(session, n);
    return lines?.subarray(0, offset) ?? new Uint32Array(0);
  }

  /** First positions of the imports, latest first. */
  beginnings(): Place[] {
    return this.#firsts.slice(-32).reverse();
  }

  /** Position after lines that end like a known run; see endOfRun(). */
  behind(end: number | null): Place | null {
    return end === null ? null : this.#ends.get(end) ?? null;
  }

  /** Range of a known run. */
  span(run: number): Span | null {
    const found = this.#runs.get(run);
    return found
      ? {
        session: found.session,
        n: found.n,
        from: found.start,
        to: found.end,
      }
      : null;
  }

  /**
   * Finds the position of lines in earlier imports, searching the latest few million: of several
   * positions, the one with the most equal lines.
   *
   * @param but The current import, which is left out: repetitions within a file are separate
   * requests.
   * @param isFree Whether a position may be used: a position that the file has matched already
   * would make a repetition known.
   */
  async find(
    lines: readonly number[],
    but: string,
    isFree: (place: Place) => boolean = () => true,
  ): Promise<Place | null> {
    const length = Math.min(lines.length, PROBE);
    const entries = this.#kv.list<StoredLines>(
      { prefix: keys.importLinesAll() },
      { reverse: true, limit: MOST_SEARCHED, batchSize: 16 },
    );
    let best: Place | null = null;
    let most = 0;
    for await (const { key, value } of entries) {
      const [, session, n] = key as [string, string, number];
      if (session === but || value.expires_at <= this.#now()) continue;
      const stored = value.lines;
      let at = stored.indexOf(lines[0]!);
      for (; at >= 0; at = stored.indexOf(lines[0]!, at + 1)) {
        let same = 1;
        while (same < lines.length && stored[at + same] === lines[same]) same++;
        if (same < length || same <= most) continue;
        const place = { session, n, offset: at };
        if (!isFree(place)) continue;
        best = place;
        most = same;
        if (most === lines.length) return best;
      }
    }
    return best;
  }

  /** The lines from a position on: to the end of its value, and of the next one if few are left. */
  async linesFrom({ session, n, offset }: Place): Promise<Uint32Array> {
    const first = (await this.#lines(session, n))?.subarray(offset) ??
      new Uint32Array(0);
    if (first.length >= 4_096) return first;
    const second = await this.#lines(session, n + 1);
    if (!second) return first;
    const both = new Uint32Array(first.length + second.length);
    both.set(first);
    both.set(second, first.length);
    return both;
  }

  async #lines(session: string, n: number): Promise<Uint32Array | null> {
    const id = `${session} ${n}`;
    if (this.#cached.id !== id) {
      const { value } = await this.#kv.get<StoredLines>(
        keys.importLines(session, n),
      );
      this.#cached = { id, lines: value?.lines ?? null };
    }
    return this.#cached.lines;
  }

  #put(session: string, n: number, stored: StoredRuns): void {
    const { runs, lengths, ends } = stored;
    if (n === 0) this.#firsts.push({ session, n, offset: 0 });
    let end = 0;
    for (let i = 0; i < runs.length; i++) {
      const start = end;
      end += lengths[i]!;
      const count = this.count(runs[i]!) + 1;
      this.#runs.set(runs[i]!, { session, n, start, end, count });
      if (ends?.[i]) this.#ends.set(ends[i]!, { session, n, offset: end });
    }
  }

  /** Treats the written lines as known from now on. */
  settle(): void {
    for (const [session, n, runs] of this.#pending) this.#put(session, n, runs);
    this.#pending = [];
  }

  /** Adds runs and their lines to a commit. */
  add(
    commit: Deno.AtomicOperation,
    { session, n, runs, lengths, ends, lines, expiresAt }: {
      session: string;
      n: number;
      runs: readonly number[];
      lengths: readonly number[];
      ends: readonly number[];
      lines: readonly number[];
      expiresAt: number;
    },
  ): void {
    if (!this.#isKeyStored) commit.set(keys.importKey(), this.key);
    this.#isKeyStored = true;
    const ttl = { expireIn: Math.max(1, expiresAt - this.#now()) };
    const value: StoredRuns = {
      v: 1,
      expires_at: expiresAt,
      runs: Float64Array.from(runs),
      lengths: Uint16Array.from(lengths),
      ends: Float64Array.from(ends),
    };
    const beside: StoredLines = {
      v: 1,
      expires_at: expiresAt,
      lines: Uint32Array.from(lines),
    };
    commit.set(keys.importRuns(session, n), value, ttl);
    commit.set(keys.importLines(session, n), beside, ttl);
    this.#pending.push([session, n, value]);
  }
}
