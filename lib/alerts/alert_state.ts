import { keys } from "../store/keys.ts";

/** A try to tell something. */
export interface Attempt {
  /** Epoch ms. */
  at: number;
  ok: boolean;
  /** What it was about, in words of ours: it outlives the address that it names. */
  what: string;
  /** What the receiver answered. */
  words: string;
}

/** So many tries are kept. */
export const MOST_ATTEMPTS = 20;

/**
 * How telling a receiver goes; one value for all processes, changed under the lease only. Times in
 * epoch ms.
 */
export interface AlertState {
  /** The version of the lists up to which changes are in the outbox. */
  cursor: number;
  /** When something was told within the last hour. */
  posted: number[];
  delivered: number;
  /** Alerts that were dropped: refused again and again, too old, too many. */
  dropped: number;
  /** Of those, how many the next summary has to mention. */
  unmentioned: number;
  /** Tries in a row that failed. */
  failures: number;
  failing_since: number | null;
  last_error: string | null;
  last_ok_at: number | null;
  /** Nothing is tried before. */
  next_try_at: number;
  /** The last tries, the newest first; left out by versions that kept none. */
  attempts?: Attempt[];
}

/** The state, or null where nothing was ever to be told. */
export async function readAlertState(
  kv: Deno.Kv,
  receiver: string | null = null,
): Promise<AlertState | null> {
  return (await kv.get<AlertState>(keys.alertState(receiver))).value;
}

/** The state to begin with: what was done before is not told. */
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
