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
 * record is read once, so that a pass costs what is new. Where another process judged meanwhile, or
 * nobody, it begins anew.
 */
export class RunningHour {
  #books: Books | null = null;

  /** Lets go of what was counted. */
  forget(): void {
    this.#books = null;
  }

  /** What the rules find by now; null where the source cannot tell what is new. */
  async evaluate(
    options: JobOptions,
    period: Period,
    known: Standing,
  ): Promise<Evaluation | null> {
    const { source, rules, pace } = options;
    if (source.fresh === undefined) return null;
    const stamp = [period.from, known.settledStamp, stampOf(rules)].join("\n");
    let books = this.#books?.stamp === stamp ? this.#books : null;
    for (;;) {
      books ??= {
        stamp,
        evaluator: new Evaluator(rules, period, known),
        seen: new SeenRows(),
      };
      // Cut short, nobody knows what was counted.
      this.#books = null;
      const { evaluator, seen } = books;
      await evaluator.read(source.fresh(scanRange(rules, period), seen), pace);
      if (!seen.isStale) break;
      books = null;
    }
    this.#books = books;
    return await books.evaluator.conclude(
      await circumstances(options, period),
    );
  }
}

/** What of rules an admin can change. */
function stampOf(rules: readonly AnyRule[]): string {
  return JSON.stringify(rules);
}
