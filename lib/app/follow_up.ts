/** Options of {@linkcode FollowUp}. */
export interface FollowUpOptions {
  /** Does it again; resolves to how long it took in milliseconds, or null where there is nothing more to do. */
  run: () => Promise<number | null>;
  /** The least time between two, in milliseconds. @default {15_000} */
  everyMs?: number;
  /** Nothing begins later than this after {@linkcode FollowUp.begin}, in milliseconds. @default {50_000} */
  withinMs?: number;
  signal?: AbortSignal;
}

/** It may take an eighth of the time, */
const SHARE = 8;
/** but is not put off by more than this, in milliseconds: an attack goes on meanwhile. */
const LONGEST_WAIT_MS = 25_000;

/**
 * Does something again between two of a cron's minutes, as often as that is worth it: who attacks is
 * to be stopped within a minute of the first request, and a cron comes once a minute.
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

  /** Begins anew, after a run that took so long; null ends it. */
  begin(tookMs: number | null): void {
    this.#next(tookMs, performance.now() + this.#options.withinMs);
  }

  #next(tookMs: number | null, until: number): void {
    clearTimeout(this.#timer);
    // What began before the end may go on to here after it.
    if (tookMs === null || this.#signal?.aborted) return;
    const { everyMs, run } = this.#options;
    // What takes that long itself is done once a minute.
    if (tookMs > LONGEST_WAIT_MS) return;
    const wait = Math.max(
      everyMs,
      Math.min(SHARE * tookMs, LONGEST_WAIT_MS),
    );
    if (performance.now() + wait > until) return;
    this.#timer = setTimeout(() => {
      // What fails is told by the next minute's run.
      run().catch(() => null).then((took) => this.#next(took, until));
    }, wait);
    Deno.unrefTimer(this.#timer);
  }
}
