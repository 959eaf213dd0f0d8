import { write } from "./retry.ts";

/**
 * The 256-bit key that the store has at `at`, the same in every process: if several start for the
 * first time, one creates it and all read it.
 */
export async function secretKey(
  kv: Deno.Kv,
  at: Deno.KvKey,
): Promise<Uint8Array> {
  const known = (await kv.get<Uint8Array>(at)).value;
  if (known !== null) return known;
  const fresh = crypto.getRandomValues(new Uint8Array(32));
  const absent = { key: at, versionstamp: null };
  await write(async () => {
    await kv.atomic().check(absent).set(at, fresh).commit();
    return { ok: true };
  });
  return (await kv.get<Uint8Array>(at)).value ?? fresh;
}
