/** Options of {@linkcode FollowUp}. */
export interface FollowUpOptions {
  /**
   * Runs it again; resolves to how long it took in milliseconds, or null if there is nothing left
   * to do.
   */
  run: () => Promise<number | null>;
  /** The least time between two, in milliseconds. @default {15_000} */
  everyMs?: number;
  /**
   * No run starts later than this after {@linkcode FollowUp.begin}, in milliseconds. @default
   * {50_000}
   */
  withinMs?: number;
  signal?: AbortSignal;
}

/** The share of time that runs may take is an eighth, */
const SHARE = 8;
/** but a run is delayed by at most this, in milliseconds, as an attack continues meanwhile. */
const LONGEST_WAIT_MS = 25_000;

/**
 * Runs a job again between two minutes of the cron, as often as its cost allows: attackers are to
 * be stopped within a minute of their first request, and the cron runs once a minute.
 */
export class FollowUp {
  readonly #options: Required<Omit<FollowUpOptions, "signal">>;
  readonly #signal: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    { everyMs = 15_000, withinMs = 50_000, run, signal }: FollowUpOptions,
  ) {
    this.#options = { run, everyMs, withinMs };
    this.#signal = signal;
    signal?.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Starts the follow-up runs after a run that took `tookMs`; null ends them. */
  begin(tookMs: number | null): void {
    this.#next(tookMs, performance.now() + this.#options.withinMs);
  }

  #next(tookMs: number | null, until: number): void {
    clearTimeout(this.#timer);
    // A run that started before the end may finish after it.
    if (tookMs === null || this.#signal?.aborted) return;
    const { everyMs, run } = this.#options;
    // A job that takes that long runs once a minute.
    if (tookMs > LONGEST_WAIT_MS) return;
    const wait = Math.max(
      everyMs,
      Math.min(SHARE * tookMs, LONGEST_WAIT_MS),
    );
    if (performance.now() + wait > until) return;
    this.#timer = setTimeout(() => {
      // A failure is reported by the next minute's run.
      run().catch(() => null).then((took) => this.#next(took, until));
    }, wait);
    Deno.unrefTimer(this.#timer);
  }
}
