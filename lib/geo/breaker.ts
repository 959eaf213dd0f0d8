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

/** `open`: nothing passes; `half_open`: one call may find out. */
export type BreakerState = "closed" | "open" | "half_open";

/** A circuit breaker for a failing service. */
export interface Breaker {
  state(): BreakerState;
  /** Whether a call could pass now; changes nothing. */
  ready(): boolean;
  /** Takes leave for one call, which must end in `success` or `failure`. */
  enter(): boolean;
  success(): void;
  failure(): void;
  /** Opens at once, for as long as the service asked for. */
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
    // A clock set back must not keep it open for longer than it was meant to.
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
      // A late answer to a call made before must not close what opened since.
      if (state() === "open") return;
      failed = 0;
      openedAt = null;
      probing = false;
    },
    failure() {
      failed++;
      // Only the probe opens it anew: calls made before it opened come late.
      if (openedAt === null ? failed >= failures : probing) open(openMs);
    },
    open,
  };
}
