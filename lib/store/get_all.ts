/** Maximum number of keys that Deno KV reads at once. */
const GET_MANY = 10;

/** `kv.getMany` for any number of keys. */
export async function getAll<T>(
  kv: Deno.Kv,
  wanted: readonly Deno.KvKey[],
): Promise<Deno.KvEntryMaybe<T>[]> {
  const reads: Promise<Deno.KvEntryMaybe<T>[]>[] = [];
  for (let i = 0; i < wanted.length; i += GET_MANY) {
    reads.push(kv.getMany<T[]>(wanted.slice(i, i + GET_MANY)));
  }
  return (await Promise.all(reads)).flat();
}
