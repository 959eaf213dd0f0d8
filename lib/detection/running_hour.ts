import { HOUR } from "../base/duration.ts";
import { circumstances } from "./circumstances.ts";
import { SeenRows } from "../log/fresh_views.ts";
import { type Evaluation, Evaluator, scanRange } from "./engine.ts";
import type { JobOptions } from "./job.ts";
import type { AnyRule } from "./rule.ts";
import type { Standing } from "./standing.ts";
import type { Period } from "./types.ts";

interface Books {
  /**
   * What they are valid for: for other rules, other resolutions or another hour, new books begin.
   */
  stamp: string;
  evaluator: Evaluator;
  seen: SeenRows;
}

/**
 * The counts of the running hour, kept by the process that judges it each minute: each record is
 * read once, so that a pass costs only the new ones. After the end of the hour, its last judgement
 * uses the same books. If there are none, because another process judged or this one has just
 * begun, they are made anew.
 */
export class RunningHour {
  /** The id of this process as the owner of the books. */
  readonly owner = crypto.randomUUID();
  /** How long another process lets the owner of the books go first, in milliseconds. */
  readonly headStartMs: number;
  /** Whether a light pass is running. */
  isJudging = false;
  /**
   * By the start of their hour: those of the running hour, and of the previous one until it is
   * judged.
   */
  readonly #books = new Map<number, Books>();

  constructor({ headStartMs = 3_000 }: { headStartMs?: number } = {}) {
    this.headStartMs = headStartMs;
  }

  /** Deletes the counts. */
  forget(): void {
    this.#books.clear();
  }

  /** Whether there are counts of the hour with this start. */
  has(hour: number): boolean {
    return this.#books.has(hour);
  }

  /** The findings so far; null if the source cannot tell which records are new. */
  async evaluate(
    options: JobOptions,
    period: Period,
    known: Standing,
  ): Promise<Evaluation | null> {
    const { source, rules, pace } = options;
    if (source.fresh === undefined) return null;
    for (const hour of this.#books.keys()) {
      if (hour < period.from - HOUR) this.#books.delete(hour);
    }
    const isOver = options.now() >= period.to;
    const stamp = [period.from, known.settledStamp, stampOf(rules)].join("\n");
    const kept = this.#books.get(period.from);
    let books = kept?.stamp === stamp ? kept : null;
    for (;;) {
      books ??= {
        stamp,
        evaluator: new Evaluator(rules, period, known),
        seen: new SeenRows(),
      };
      // If the read is interrupted, the counts are unknown.
      this.#books.delete(period.from);
      const { evaluator, seen } = books;
      const range = scanRange(rules, period);
      await evaluator.read(source.fresh(range, seen, isOver), pace);
      if (!seen.isStale) break;
      books = null;
    }
    if (!isOver) this.#books.set(period.from, books);
    return await books.evaluator.conclude(
      await circumstances(options, period),
    );
  }
}

/** The properties of rules that an admin can change. */
function stampOf(rules: readonly AnyRule[]): string {
  return JSON.stringify(rules);
}
