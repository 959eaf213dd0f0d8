import { HOUR } from "../base/duration.ts";
import { circumstances } from "./circumstances.ts";
import { SeenRows } from "../log/fresh_views.ts";
import { type Evaluation, Evaluator, scanRange } from "./engine.ts";
import type { JobOptions } from "./job.ts";
import type { AnyRule } from "./rule.ts";
import type { Standing } from "./standing.ts";
import type { Period } from "./types.ts";

interface Books {
  /** What they hold for: other rules, other settled findings or another hour begin anew. */
  stamp: string;
  evaluator: Evaluator;
  seen: SeenRows;
}

/**
 * What was counted of the hour that runs, kept by the process that judges it each minute: each
 * record is read once, so that a pass costs what is new. When the hour is over, its last judgement
 * is made of the same books. Where there are none, as another process judged or this one has just
 * begun, they are made anew.
 */
export class RunningHour {
  /** Whose books these are. */
  readonly owner = crypto.randomUUID();
  /** How long another process waits for whoever has books to come first, in milliseconds. */
  readonly headStartMs: number;
  /** Whether a light pass is under way. */
  isJudging = false;
  /** By the start of their hour: of the one that runs, and of the one before until it is judged. */
  readonly #books = new Map<number, Books>();

  constructor({ headStartMs = 3_000 }: { headStartMs?: number } = {}) {
    this.headStartMs = headStartMs;
  }

  /** Lets go of what was counted. */
  forget(): void {
    this.#books.clear();
  }

  /** Whether something was counted of the hour that begins then. */
  has(hour: number): boolean {
    return this.#books.has(hour);
  }

  /** What the rules find by now; null where the source cannot tell what is new. */
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
      // Cut short, nobody knows what was counted.
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

/** What of rules an admin can change. */
function stampOf(rules: readonly AnyRule[]): string {
  return JSON.stringify(rules);
}
