import { MINUTE } from "../base/duration.ts";
/** Options of {@linkcode createBreaker}. */
export interface BreakerOptions {
  /** The clock, epoch ms. */
  now: () => number;
  /**
   * How many failures in a row open it.
   * @default 5
   */
  failures?: number;
  /**
   * How long it stays open, in milliseconds.
   * @default 60_000
   */
  openMs?: number;
}

/** `open`: no calls pass; `half_open`: one call may probe the service. */
export type BreakerState = "closed" | "open" | "half_open";

/** A circuit breaker for a failing service. */
export interface Breaker {
  state(): BreakerState;
  /** Whether a call could pass now; has no effect. */
  ready(): boolean;
  /** Starts a call, if allowed, which must end in `success` or `failure`. */
  enter(): boolean;
  success(): void;
  failure(): void;
  /** Opens immediately, for the time the service asked for. */
  open(ms: number): void;
}

/** A circuit breaker that counts failures in a row. */
export function createBreaker(options: BreakerOptions): Breaker {
  const { now, failures = 5, openMs = MINUTE } = options;
  let failed = 0;
  let openedAt: number | null = null;
  let length = openMs;
  let probing = false;

  function state(): BreakerState {
    if (openedAt === null) return "closed";
    const passed = now() - openedAt;
    // If the clock is set back, it must not stay open for longer.
    return passed >= length || passed < 0 ? "half_open" : "open";
  }

  function open(ms: number): void {
    openedAt = now();
    length = ms;
    probing = false;
  }

  function ready(): boolean {
    const at = state();
    return at === "closed" || at === "half_open" && !probing;
  }

  return {
    state,
    ready,
    enter() {
      if (!ready()) return false;
      if (openedAt !== null) probing = true;
      return true;
    },
    success() {
      // A late response to an earlier call must not close a breaker that has opened since.
      if (state() === "open") return;
      failed = 0;
      openedAt = null;
      probing = false;
    },
    failure() {
      failed++;
      // Only the probe reopens it: calls from before it opened may fail late.
      if (openedAt === null ? failed >= failures : probing) open(openMs);
    },
    open,
  };
}
