import { keys } from "../store/keys.ts";

/** The stored progress of the sweep. Times are epoch milliseconds. */
export interface SweepState {
  /** When the pass that runs, or ran last, began. */
  started_at: number;
  /** When it was complete, or null while it is not. */
  finished_at: number | null;
  /** When a run last worked on it. */
  ran_at: number;
  /** The current kind of entry, and the key after which it continues. */
  kind: string | null;
  after: Deno.KvKey | null;
  /** How many entries this pass has looked at, removed and rewritten. */
  examined: number;
  removed: number;
  changed: number;
  /** When the previous pass was complete, and what it removed; null before there was one. */
  before: { finished_at: number; removed: number; changed: number } | null;
}

/** What the sweep has stored about itself, or null where it never ran. */
export async function readSweepState(kv: Deno.Kv): Promise<SweepState | null> {
  return (await kv.get<SweepState>(keys.sweep())).value;
}
