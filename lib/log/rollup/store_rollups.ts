import { compareAndSet } from "../../store/retry.ts";
import type { Rollup } from "./rollup.ts";

/** What counts and stores rollups. */
export interface RollUpOptions {
  kv: Deno.Kv;
  now: () => number;
}

/** Commits if nothing in `checks` has changed. */
export function commitIf(
  kv: Deno.Kv,
  checks: Deno.AtomicCheck[],
  add: (commit: Deno.AtomicOperation) => void,
): Promise<boolean> {
  return compareAndSet(async () => {
    const operation = kv.atomic().check(...checks);
    add(operation);
    return { ok: (await operation.commit()).ok };
  }).then(({ ok }) => ok);
}

/** A write takes 800 KiB. */
export const MOST_BYTES = 500 * 1024;

/** Approximate stored size of a rollup. */
export function sizeOf({ lists, slots, clients }: Rollup): number {
  let bytes = 1_024 + slots.byteLength;
  bytes += "hashes" in clients
    ? clients.hashes.byteLength
    : clients.registers.byteLength;
  for (const { names, counts } of Object.values(lists)) {
    bytes += counts.byteLength;
    for (const name of names) bytes += 4 + 2 * name.length;
  }
  return bytes;
}
