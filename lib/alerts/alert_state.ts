import { keys } from "../store/keys.ts";

/** How telling goes; one value for all processes, changed under the lease only. Times in epoch ms. */
export interface AlertState {
  /** The version of the lists up to which changes are in the outbox. */
  cursor: number;
  /** When something was told within the last hour. */
  posted: number[];
  delivered: number;
  /** Alerts that were given up: refused again and again, too old, too many. */
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
}

/** The state, or null where nothing was ever to be told. */
export async function readAlertState(kv: Deno.Kv): Promise<AlertState | null> {
  return (await kv.get<AlertState>(keys.alertState())).value;
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
