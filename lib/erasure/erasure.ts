/**
 * Erasures that were ordered. The order is stored first and deleted when all of it is done: if the
 * process is killed in between, a server or a repeated order continues.
 *
 * @module
 */
import { auditEntry, putAudit } from "../store/audit.ts";
import { SETTLED_MS } from "../log/erase.ts";
import { keys } from "../store/keys.ts";
import { takeLease } from "../store/lease.ts";
import { write } from "../store/retry.ts";
import {
  type AccountErased,
  type AccountOrder,
  eraseAccountTraces,
} from "./account_traces.ts";
import {
  type AddressErased,
  type AddressOrder,
  eraseAddressTraces,
  type TraceStore,
} from "./address_traces.ts";
import { MINUTE } from "../base/duration.ts";

/** What is to be erased, and who says so. */
export type Order = AddressOrder | AccountOrder;

/** An order as it is stored. Times are epoch milliseconds. */
export type Erasure = Order & {
  id: string;
  at: number;
  /** A user's name, or the task. */
  by: string;
  /** The address that the order came from. */
  from: string | null;
  /** Whether it is in the audit trail. */
  is_told: boolean;
};

/** What an erasure did, and whether anything is left for the next minutes. */
export type ErasureResult<R = AddressErased | AccountErased> = R & {
  isDone: boolean;
};

/** An order as it will be stored. */
export function newErasure(
  order: Order,
  { by, from }: Pick<Erasure, "by" | "from">,
  now: number,
): Erasure {
  return {
    ...order,
    ...{ id: crypto.randomUUID(), at: now, by, from, is_told: false },
  };
}

/** Stores an order and does what can be done of it now. */
export async function orderErasure(
  store: TraceStore,
  erasure: Erasure,
): Promise<ErasureResult> {
  await write(() => store.kv.set(keys.erasure(erasure.id), erasure));
  return await runErasure(store, erasure);
}

/**
 * Does the work of an order; requests of the last two minutes are left where they may still be
 * written. Run again, it goes on.
 */
export async function runErasure(
  store: TraceStore,
  erasure: Erasure,
): Promise<ErasureResult> {
  const { kv, now } = store;
  const result = erasure.kind === "address"
    ? await eraseAddressTraces(store, erasure)
    : await eraseAccountTraces(store, erasure);
  // Records in progress when the order came are stored by then.
  const isDone = result.left === 0 && now() >= erasure.at + SETTLED_MS;
  const key = keys.erasure(erasure.id);
  await write(() => {
    const commit = kv.atomic();
    if (isDone) commit.delete(key);
    else commit.set(key, { ...erasure, is_told: true });
    if (!erasure.is_told) {
      putAudit(
        commit,
        auditEntry({
          who: erasure.by,
          what: erasure.kind === "address" ? "erase" : "erase_account",
          // The order itself must not name the erased subject afterwards.
          target: erasure.kind === "address"
            ? `${result.requests} requests`
            : erasure.pseudonym,
          from: erasure.from,
        }, now()),
      );
    }
    return commit.commit();
  });
  return { ...result, isDone };
}

/** The unfinished orders. */
export async function listErasures(kv: Deno.Kv): Promise<Erasure[]> {
  return await Array.fromAsync(
    kv.list<Erasure>({ prefix: keys.erasuresAll() }),
    ({ value }) => value,
  );
}

const HOLD_MS = 10 * MINUTE;

/** Continues unfinished orders; one process at a time. Resolves to how many ended. */
export async function finishErasures(store: TraceStore): Promise<number> {
  const { kv, now } = store;
  const waiting = (await listErasures(kv)).filter(({ at }) =>
    now() >= at + SETTLED_MS
  );
  if (waiting.length === 0) return 0;
  const lease = await takeLease({ kv, job: "erase", now, holdMs: HOLD_MS });
  if (lease === null) return 0;
  let done = 0;
  try {
    for (const erasure of waiting) {
      if ((await runErasure(store, erasure)).isDone) done++;
      if (!await lease.commit(() => {})) break;
    }
  } finally {
    await lease.release();
  }
  return done;
}
