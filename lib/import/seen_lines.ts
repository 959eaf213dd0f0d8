import { keys } from "../store/keys.ts";
import type { LineKey } from "./line_hash.ts";

/** Runs of lines that were imported together; the store's value. */
export interface StoredRuns {
  v: 1;
  expires_at: number;
  /** A number for each run; see line_hash.ts. */
  runs: Float64Array;
  /** How many lines each has. */
  lengths: Uint16Array;
  /** A number for the last lines of each; 0 for none. */
  ends?: Float64Array;
}

/** Their lines, beside them: read only where a file is nearly the same. */
export interface StoredLines {
  v: 1;
  expires_at: number;
  lines: Uint32Array;
}

/** Where among the stored lines something is. */
export interface Place {
  session: string;
  n: number;
  /** The line in that value. */
  offset: number;
}

/** Some of a value's lines. */
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

/** So many lines one after the other are no chance. */
export const PROBE = 8;
/** Values of lines that are looked through, some 10,000 lines each. */
const MOST_SEARCHED = 400;

/** A value holds 64 KiB. */
export const MOST_LINES = 12_000;

/**
 * What has been imported, by the lines' numbers: runs in memory, eight bytes for some 256 lines, and
 * the lines themselves in the store.
 */
export class SeenLines {
  readonly key: LineKey;
  #isKeyStored = false;
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  /** Where runs end, by their numbers. */
  readonly #runs = new Map<number, Run>();
  /** Where lines end that stand right before a cut, by their numbers. */
  readonly #ends = new Map<number, Place>();
  /** Written, and not known before the file ends: what a file repeats, it means. */
  #pending: [session: string, n: number, runs: StoredRuns][] = [];
  readonly #firsts: Place[] = [];
  #cached: { id: string; lines: Uint32Array | null } = { id: "", lines: null };

  private constructor(kv: Deno.Kv, now: () => number, key: LineKey) {
    this.#kv = kv;
    this.#now = now;
    this.key = key;
  }

  /** Reads what has been imported; the first import makes a key, and stores it with its lines. */
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

  /** How many runs with this number have been imported. */
  count(run: number): number {
    return this.#runs.get(run)?.count ?? 0;
  }

  /** Where what followed a known run is. */
  after(run: number): Place | null {
    const found = this.#runs.get(run);
    return found
      ? { session: found.session, n: found.n, offset: found.end }
      : null;
  }

  /** The lines that stood right before a known run, in its own value. */
  async before(run: number): Promise<Uint32Array> {
    const found = this.#runs.get(run);
    const lines = found && await this.#lines(found.session, found.n);
    return lines?.subarray(0, found!.start) ?? new Uint32Array(0);
  }

  /** The lines that stand right before a place, in its own value. */
  async linesBefore({ session, n, offset }: Place): Promise<Uint32Array> {
    const lines = await this.#lines(session, n);
    return lines?.subarray(0, offset) ?? new Uint32Array(0);
  }

  /** Where the imports begin, the latest first. */
  beginnings(): Place[] {
    return this.#firsts.slice(-32).reverse();
  }

  /** What stands behind lines that end where a known run does; see endOfRun(). */
  behind(end: number | null): Place | null {
    return end === null ? null : this.#ends.get(end) ?? null;
  }

  /** Where a known run is. */
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
   * Where lines stand that an earlier import had, looked for among the latest some millions: of
   * several places, where most of them follow.
   *
   * @param but The import that asks: what a file repeats, it means.
   * @param isFree Whether a place may be meant: what a file has had already, it repeats.
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

  /** The lines from a place on: to the end of its value, and of the next one where little is left. */
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

  /** Knows what was written from now on. */
  settle(): void {
    for (const [session, n, runs] of this.#pending) this.#put(session, n, runs);
    this.#pending = [];
  }

  /** Writes runs and their lines with a commit. */
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
