import { FLAG, type RequestRecord } from "../log/request_record.ts";
import type { Rule } from "./rule.ts";

/** Whether rules judge a record: not a blocked request, nor an admin's use of the console. */
export function isJudged({ outcome, flags }: RequestRecord): boolean {
  return outcome !== "blocked" && (flags & FLAG.console) === 0;
}

/** Conditions on single fields; a record passes if it meets all of them or has one of `orSignals`. */
export interface RecordFilter {
  method?: (method: string) => boolean;
  /** A mask of signals that let a record pass, whatever the other conditions. */
  orSignals?: number;
  status?: (status: number) => boolean;
  path?: (path: string) => boolean;
  user_agent?: (agent: string | null) => boolean;
}

/** The most rules: one bit of a mask for each. */
const MAX_BITS = 30;
/** Limits memory in a flood of random paths. */
const MAX_VALUES = 20_000;

/**
 * Finds the rules that a record can matter to: one bit for each rule, by method, status, path, user
 * agent and signals. Each distinct value is tested once, because a million requests have only a few
 * thousand of them.
 */
export class RecordMasks {
  readonly #rules: readonly Rule[];
  readonly #all: number;
  readonly #unlimited: number;
  readonly #byStatus = new Map<number, number>();
  readonly #byMethod = new Map<string, number>();
  readonly #bySignals = new Map<number, number>();
  #byPath = new Map<string, number>();
  #byAgent = new Map<string | null, number>();

  constructor(rules: readonly Rule[]) {
    if (rules.length > MAX_BITS) {
      throw new RangeError(
        `Cannot run ${rules.length} rules at once: expected at most ${MAX_BITS}`,
      );
    }
    this.#rules = rules;
    this.#all = this.#mask(() => true);
    this.#unlimited = this.#mask((rule) => rule.countsLimited === true);
  }

  /** The bits of the rules that take a record. */
  of(record: RequestRecord): number {
    if (!isJudged(record)) return 0;
    const mask = record.outcome === "limited" ? this.#unlimited : this.#all;
    if (mask === 0) return 0;
    const passed = this.#ofStatus(record.status) & this.#ofPath(record.path) &
      this.#ofAgent(record.user_agent) & this.#ofMethod(record.method);
    return mask &
      (record.signals === 0
        ? passed
        : passed | this.#ofSignals(record.signals));
  }

  // Functions that capture an argument are created elsewhere: where they are, each call allocates.

  #ofMethod(method: string): number {
    return this.#byMethod.get(method) ?? this.#findMethod(method);
  }

  #findMethod(method: string): number {
    const mask = this.#mask(({ only }) => only?.method?.(method) ?? true);
    if (this.#byMethod.size < MAX_VALUES) this.#byMethod.set(method, mask);
    return mask;
  }

  #ofSignals(signals: number): number {
    return this.#bySignals.get(signals) ?? this.#findSignals(signals);
  }

  #findSignals(signals: number): number {
    const mask = this.#mask(({ only }) =>
      ((only?.orSignals ?? 0) & signals) !== 0
    );
    this.#bySignals.set(signals, mask);
    return mask;
  }

  #ofStatus(status: number): number {
    return this.#byStatus.get(status) ?? this.#findStatus(status);
  }

  #findStatus(status: number): number {
    const mask = this.#mask(({ only }) => only?.status?.(status) ?? true);
    this.#byStatus.set(status, mask);
    return mask;
  }

  #ofPath(path: string): number {
    return this.#byPath.get(path) ?? this.#findPath(path);
  }

  #findPath(path: string): number {
    const mask = this.#mask(({ only }) => only?.path?.(path) ?? true);
    if (this.#byPath.size >= MAX_VALUES) this.#byPath = new Map();
    this.#byPath.set(path, mask);
    return mask;
  }

  #ofAgent(agent: string | null): number {
    return this.#byAgent.get(agent) ?? this.#findAgent(agent);
  }

  #findAgent(agent: string | null): number {
    const mask = this.#mask(({ only }) => only?.user_agent?.(agent) ?? true);
    if (this.#byAgent.size >= MAX_VALUES) this.#byAgent = new Map();
    this.#byAgent.set(agent, mask);
    return mask;
  }

  #mask(passes: (rule: Rule) => boolean): number {
    return this.#rules.reduce(
      (mask, rule, index) => passes(rule) ? mask | 1 << index : mask,
      0,
    );
  }
}
