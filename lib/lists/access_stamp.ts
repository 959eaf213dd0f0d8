import { keys } from "../store/keys.ts";

/**
 * Every write of an entry changes one of these: the lists' version, or the separate stamp if the
 * change is not announced yet. Two checks prove that no entry has changed, however many were read.
 */
export type AccessStamps = [
  version: Deno.KvEntryMaybe<number>,
  untold: Deno.KvEntryMaybe<number>,
];

/** The current stamps; read before the entries that they must cover. */
export function readStamps(kv: Deno.Kv): Promise<AccessStamps> {
  return kv.getMany<[number, number]>([
    keys.accessVersion(),
    keys.accessStamp(),
  ]);
}

/**
 * Changes the stamp, so that commits that check it fail; for writes that do not change the version.
 */
export function putStamp(
  atomic: Deno.AtomicOperation,
  now: number,
): Deno.AtomicOperation {
  return atomic.set(keys.accessStamp(), now);
}
