/**
 * What was removed by hand is kept for a week, so that it can be put back. It does not stand in the
 * audit trail itself, which is kept for a year and exported: a feed's URL and what a receiver is
 * reached by are secrets.
 *
 * @module
 */
import { DAY } from "../base/duration.ts";
import { keys } from "./keys.ts";

/** How long it can be put back, in milliseconds. */
export const REMOVED_MS = 7 * DAY;

/** Something that was removed. */
export interface Removed<T> {
  value: T;
  expires_at: number;
}

type RemovedKind = Parameters<typeof keys.removed>[0];

/** Adds what is being removed to the commit that removes it. */
export function keepRemoved(
  commit: Deno.AtomicOperation,
  { kind, id, value, now }: {
    kind: RemovedKind;
    id: string;
    value: unknown;
    now: number;
  },
): Deno.AtomicOperation {
  return commit.set(
    keys.removed(kind, id),
    { value, expires_at: now + REMOVED_MS },
    { expireIn: REMOVED_MS },
  );
}

/** What was removed, or null where there is nothing to put back (any more). */
export async function getRemoved<T>(
  kv: Deno.Kv,
  kind: RemovedKind,
  id: string,
  now: number,
): Promise<{ row: Deno.KvEntryMaybe<Removed<T>>; value: T } | null> {
  const row = await kv.get<Removed<T>>(keys.removed(kind, id));
  return row.value && row.value.expires_at > now
    ? { row, value: row.value.value }
    : null;
}
