import { HOUR } from "../base/duration.ts";
import { matchingRows } from "./log_chunk.ts";
import { chunksBackwards } from "./request_query.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { SEAL_HELD_MS } from "../privacy/address_storage.ts";
import { linesOf } from "../privacy/sealed_addresses.ts";

/**
 * The address of a stored form, or null: available only for as long as detection can read it, too.
 * Used before a block.
 */
export async function addressBehind(
  kv: Deno.Kv,
  now: () => number,
  addresses: AddressStorage,
  form: string,
): Promise<string | null> {
  if (!addresses.isForm(form)) return null;
  const unseal = await addresses.unsealer();
  const filter = { ip: (ip: string) => ip === form, names: { ip: form } };
  const from = now() - SEAL_HELD_MS - HOUR;
  const range = { from, to: now() + HOUR };
  for await (const { chunk } of chunksBackwards(kv, range, now, filter)) {
    if (matchingRows(chunk, filter).length === 0) continue;
    const text = unseal(chunk.sealed);
    if (text === null) continue;
    for (const [place, ip] of linesOf(text)) {
      if (chunk.strings[place] === form) return ip;
    }
  }
  return null;
}
