import { messageOf } from "../base/error_words.ts";
import { logLine } from "../base/log_line.ts";

/** Options for {@linkcode Outage}. */
export interface OutageOptions {
  now: () => number;
  /** Receives its two lines. @default {logLine} */
  log?: typeof logLine;
}

/**
 * How long there must be no failure before the store counts as available again, in milliseconds.
 */
const CALM_MS = 5_000;

/**
 * Whether the store is down, logged once when an outage begins and once when it ends, not for every
 * request. Reads may work while writes fail (a full disk), so one success does not end an outage.
 */
export class Outage {
  readonly #now: () => number;
  readonly #log: typeof logLine;
  #since: number | null = null;
  #lastFailure = 0;
  #failures = 0;

  constructor({ now, log = logLine }: OutageOptions) {
    this.#now = now;
    this.#log = log;
  }

  /** Whether the store is considered down. */
  get isDown(): boolean {
    return this.#since !== null;
  }

  /** Records a failure of the store. */
  failed(error: unknown): void {
    this.#lastFailure = this.#now();
    this.#failures++;
    if (this.#since !== null) return;
    this.#since = this.#lastFailure;
    this.#log("error", "sys_store_down", {
      error: messageOf(error),
      consequence:
        "the last known lists are in use; logins and changes are answered with 503",
    });
  }

  /** Records a success of the store. */
  answered(): void {
    if (this.#since === null) return;
    const now = this.#now();
    // A clock that was set back must not make the outage permanent.
    if (now >= this.#lastFailure && now - this.#lastFailure < CALM_MS) return;
    this.#log("info", "sys_store_up", {
      after_ms: now - this.#since,
      failures: this.#failures,
    });
    this.#since = null;
    this.#failures = 0;
  }
}
