import { keys } from "../store/keys.ts";

/** An attempt to deliver an alert. */
export interface Attempt {
  /** Epoch ms. */
  at: number;
  ok: boolean;
  /**
   * The subject in fixed words without visitor data, as it is kept longer than the address may be.
   */
  what: string;
  /** What the receiver answered. */
  words: string;
}

/** The number of attempts that are kept. */
export const MOST_ATTEMPTS = 20;

/**
 * The delivery state of a receiver; one value for all processes, changed only under the lease.
 * Times in epoch ms.
 */
export interface AlertState {
  /** The version of the lists up to which changes are in the outbox. */
  cursor: number;
  /** Times of deliveries within the last hour. */
  posted: number[];
  delivered: number;
  /** Alerts that were dropped: refused repeatedly, too old, or too many. */
  dropped: number;
  /** Of those, how many the next summary has to mention. */
  unmentioned: number;
  /** Consecutive failed attempts. */
  failures: number;
  failing_since: number | null;
  last_error: string | null;
  last_ok_at: number | null;
  /** The next attempt is not before this time. */
  next_try_at: number;
  /** The last attempts, newest first; absent in states stored by older versions. */
  attempts?: Attempt[];
}

/** The state, or null if there never was an alert. */
export async function readAlertState(
  kv: Deno.Kv,
  receiver: string | null = null,
): Promise<AlertState | null> {
  return (await kv.get<AlertState>(keys.alertState(receiver))).value;
}

/** The initial state: earlier changes are not reported. */
export function newAlertState(cursor: number): AlertState {
  return {
    cursor,
    posted: [],
    delivered: 0,
    dropped: 0,
    unmentioned: 0,
    failures: 0,
    failing_since: null,
    last_error: null,
    last_ok_at: null,
    next_try_at: 0,
  };
}
