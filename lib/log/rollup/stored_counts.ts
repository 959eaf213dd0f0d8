/** Stored counts: most fit into a fraction of the bytes that the largest ones need. */
export type StoredCounts =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float64Array;

/** A copy of counts, whole numbers of at least 0, in the narrowest array that holds them. */
export function narrowed(counts: Float64Array): StoredCounts {
  let most = 0;
  for (const count of counts) if (count > most) most = count;
  if (most <= 0xff) return Uint8Array.from(counts);
  if (most <= 0xffff) return Uint16Array.from(counts);
  return most <= 0xffff_ffff ? Uint32Array.from(counts) : counts.slice();
}
