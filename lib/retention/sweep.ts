import { atOnce } from "../base/at_once.ts";
import { delay } from "../base/delay.ts";
import {
  type AddressStorage,
  fullAddresses,
} from "../privacy/address_storage.ts";
import { byChecks, WRITES_AT_ONCE } from "../store/checks.ts";
import { keys } from "../store/keys.ts";
import { type Lease, takeLease } from "../store/lease.ts";
import { compareAndSet } from "../store/retry.ts";
import { activity } from "./forget_addresses.ts";
import { type Kind, KINDS, type SweepContext, type Verdict } from "./kinds.ts";
import { readSweepState, type SweepState } from "./sweep_state.ts";
import { MINUTE } from "../base/duration.ts";

/** What {@linkcode sweep} is given. */
export interface SweepOptions {
  kv: Deno.Kv;
  now: () => number;
  /** `LOG_RETENTION`, in milliseconds; what was stored under a longer one goes, too. */
  logRetention: number;
  /** How addresses are stored. @default {fullAddresses} */
  addresses?: AddressStorage;
  /** @default {KINDS} */
  kinds?: readonly Kind[];
  /** How long one run may take, in milliseconds. @default {2000} */
  maxMs?: number;
  /** How many entries one run looks at. @default {50000} */
  maxEntries?: number;
  /**
   * A pass begins so long after the one before began, in milliseconds.
   * @default {600000}
   */
  everyMs?: number;
  /** Yields to other tasks. @default a turn of the event loop */
  pace?: () => Promise<void> | void;
}

/** What a run did. */
export interface SweepResult {
  /** False where another process sweeps, or the next pass is not due. */
  ran: boolean;
  /** Whether the pass is complete. */
  isDone: boolean;
  examined: number;
  removed: number;
  changed: number;
}

export const SWEEP_EVERY_MS = 10 * MINUTE;
const HOLD_MS = MINUTE;
/** The cursor is stored after so many entries. */
const PER_STEP = 500;

/**
 * Does a part of the sweep: deletes expired entries, bounded in time and number. It stores a cursor
 * where it stops, and the next run, in any process, continues there; if it is killed, at most the
 * last step is repeated, which changes nothing. One process at a time sweeps.
 */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { kv, now, everyMs = SWEEP_EVERY_MS } = options;
  const result: SweepResult = {
    ran: false,
    isDone: false,
    examined: 0,
    removed: 0,
    changed: 0,
  };
  const known = await readSweepState(kv);
  const isIdle = known !== null && known.finished_at !== null &&
    now() < known.started_at + everyMs && now() >= known.started_at;
  if (isIdle) return { ...result, isDone: true };
  const lease = await takeLease({ kv, job: "sweep", now, holdMs: HOLD_MS });
  if (lease === null) return result;
  try {
    // Another process may have gone on before we got the lease.
    const state = begin(await readSweepState(kv), now());
    return await run(options, lease, state, { ...result, ran: true });
  } finally {
    await lease.release();
  }
}

function begin(state: SweepState | null, now: number): SweepState {
  // A time stored by a clock that was ahead must not block the sweep until then.
  if (state?.finished_at === null && state.started_at <= now) return state;
  return {
    started_at: now,
    finished_at: null,
    ran_at: now,
    kind: null,
    after: null,
    examined: 0,
    removed: 0,
    changed: 0,
    before: state?.finished_at
      ? {
        finished_at: state.finished_at,
        removed: state.removed,
        changed: state.changed,
      }
      : state?.before ?? null,
  };
}

async function run(
  options: SweepOptions,
  lease: Lease,
  state: SweepState,
  result: SweepResult,
): Promise<SweepResult> {
  const { kv, now, logRetention, kinds = KINDS } = options;
  const { maxMs = 2_000, maxEntries = 50_000 } = options;
  const { addresses = fullAddresses } = options;
  await addresses.ready();
  const isActive = activity(kv, now());
  const pace = options.pace ?? (() => delay(0));
  const end = performance.now() + maxMs;
  // A cursor of a newer version is ignored; the pass starts again.
  let at = Math.max(0, kinds.findIndex(({ name }) => name === state.kind));
  if (kinds[at]?.name !== state.kind) state.after = null;
  while (at < kinds.length) {
    const kind = kinds[at]!;
    const context: SweepContext = {
      ...{ kv, now: now(), logRetention, addresses, isActive },
    };
    const room = Math.min(stepOf(kind), maxEntries - result.examined);
    const entries = kind.applies?.(context) === false
      ? []
      : await readStep(kind, context, state.after, room);
    const { removed, changed } = await judgeAll(kind, context, entries);
    result.examined += entries.length;
    state.examined += entries.length;
    for (const total of [state, result]) {
      total.removed += removed;
      total.changed += changed;
    }
    if (entries.length === room) {
      state.kind = kind.name;
      state.after = entries.at(-1)!.key;
    } else {
      at++;
      state.kind = kinds[at]?.name ?? null;
      state.after = null;
    }
    state.ran_at = now();
    if (at === kinds.length) {
      state.finished_at = now();
      result.isDone = true;
    }
    const isFull = result.examined >= maxEntries || performance.now() >= end;
    // A kind without entries costs no write.
    if (entries.length > 0 || isFull || result.isDone) {
      const ours = await lease.commit((commit) =>
        commit.set(keys.sweep(), state)
      );
      if (!ours) return result;
    }
    if (isFull) return result;
    await pace();
  }
  return result;
}

async function readStep(
  kind: Kind,
  context: SweepContext,
  after: Deno.KvKey | null,
  limit: number,
): Promise<Deno.KvEntry<unknown>[]> {
  const { start, end } = kind.range(context);
  // The next key after one: the same with a least part appended.
  const from = after === null ? start : [...after, new Uint8Array()];
  if (limit < 1 || !isBefore(from, end)) return [];
  const batchSize = Math.min(limit, kind.batchSize ?? PER_STEP);
  return await Array.fromAsync(
    context.kv.list({ start: from, end }, { limit, batchSize }),
  );
}

/** Kinds with large entries are read in small batches. */
function stepOf({ batchSize }: Kind): number {
  return batchSize === undefined ? PER_STEP : 4 * batchSize;
}

/** Whether a range from one key to the other may hold anything; the store refuses one that cannot. */
function isBefore(from: Deno.KvKey, end: Deno.KvKey): boolean {
  const [a, b] = [from[1], end[1]];
  return typeof a !== "number" || typeof b !== "number" || a < b;
}

async function judgeAll(
  kind: Kind,
  context: SweepContext,
  entries: readonly Deno.KvEntry<unknown>[],
): Promise<{ removed: number; changed: number }> {
  const sums = { removed: 0, changed: 0 };
  const due: { entry: Deno.KvEntry<unknown>; verdict: Verdict }[] = [];
  for (const entry of entries) {
    const verdict = await kind.judge(entry, context);
    if (verdict !== null) due.push({ entry, verdict });
  }
  const count = async ({ verdict }: typeof due[0]) => {
    sums[verdict.kind]++;
    await verdict.done?.();
  };
  // Beside its checks, a verdict takes up to eight mutations of 1,000.
  const checks = ({ verdict }: typeof due[0]) => 1 + (verdict.checks ?? 0);
  await atOnce(byChecks(due, { checks }), WRITES_AT_ONCE, async (part) => {
    if (await commitAll(context.kv, part)) {
      for (const each of part) await count(each);
      return;
    }
    // One of them has changed since it was read; it is left for the next pass, the others are not.
    for (const each of part) {
      if (await commitAll(context.kv, [each])) await count(each);
    }
  });
  return sums;
}

function commitAll(
  kv: Deno.Kv,
  part: readonly { entry: Deno.KvEntry<unknown>; verdict: Verdict }[],
): Promise<boolean> {
  return compareAndSet(async () => {
    const commit = kv.atomic();
    for (const { entry, verdict } of part) {
      commit.check(entry);
      verdict.add(commit);
    }
    return { ok: (await commit.commit()).ok };
  }).then(({ ok }) => ok);
}
