/**
 * Things removed manually are kept for a week, so that they can be restored. They are not in the
 * audit trail, which is kept for a year and exported, as a feed's URL and a receiver's settings are
 * secrets.
 *
 * @module
 */
import { DAY } from "../base/duration.ts";
import { keys } from "./keys.ts";

/** How long it can be restored, in milliseconds. */
export const REMOVED_MS = 7 * DAY;

/** Something that was removed. */
export interface Removed<T> {
  value: T;
  expires_at: number;
}

type RemovedKind = Parameters<typeof keys.removed>[0];

/** Stores a removed thing in the commit that removes it. */
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

/** The removed thing, or null if there is nothing to restore (any more). */
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
