import { keys } from "../store/keys.ts";

/**
 * What every write of an entry changes one of: the lists' version, or the stamp beside it where
 * nobody is told yet. Two checks say that no entry has changed, however many were read.
 */
export type AccessStamps = [
  version: Deno.KvEntryMaybe<number>,
  untold: Deno.KvEntryMaybe<number>,
];

/** The stamps as they are; read before the entries that they are to answer for. */
export function readStamps(kv: Deno.Kv): Promise<AccessStamps> {
  return kv.getMany<[number, number]>([
    keys.accessVersion(),
    keys.accessStamp(),
  ]);
}

/** Has those notice that rely on stamps; for writes that do not make a version. */
export function putStamp(
  atomic: Deno.AtomicOperation,
  now: number,
): Deno.AtomicOperation {
  return atomic.set(keys.accessStamp(), now);
}
