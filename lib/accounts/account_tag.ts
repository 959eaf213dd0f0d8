import { createHmac } from "node:crypto";
import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import { foldUsername } from "./usernames.ts";

/**
 * Names an account, or a name that no account has, where the name itself must not stand: 16
 * hexadecimal digits, the same for every spelling of a name. People type passwords into the field
 * for the name, so what was typed is never stored or logged as it is.
 */
export type AccountTag = (username: string) => string;

/** Makes an {@linkcode AccountTag} with the store's own key, the same in every process. */
export async function createAccountTag(kv: Deno.Kv): Promise<AccountTag> {
  const key = await accountKey(kv);
  return function accountTag(username) {
    return createHmac("sha256", key).update(foldUsername(username))
      .digest("hex").slice(0, 16);
  };
}

async function accountKey(kv: Deno.Kv): Promise<Uint8Array> {
  const at = keys.accountKey();
  const known = (await kv.get<Uint8Array>(at)).value;
  if (known !== null) return known;
  const fresh = crypto.getRandomValues(new Uint8Array(32));
  const absent = { key: at, versionstamp: null };
  // Of several processes at their first start, one sets the key and all read it.
  await write(async () => {
    await kv.atomic().check(absent).set(at, fresh).commit();
    return { ok: true };
  });
  return (await kv.get<Uint8Array>(at)).value ?? fresh;
}
