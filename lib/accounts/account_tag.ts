import { createHmac } from "node:crypto";
import { keys } from "../store/keys.ts";
import { secretKey } from "../store/secret_key.ts";
import { foldUsername } from "./usernames.ts";

/**
 * Identifies an account, or a name without an account, where the name itself must not be stored: 16
 * hexadecimal digits, the same for every spelling of a name. People type passwords into the field
 * for the name, so what was typed is never stored or logged as it is.
 */
export type AccountTag = (username: string) => string;

/** Makes an {@linkcode AccountTag} with the store's own key, the same in every process. */
export async function createAccountTag(kv: Deno.Kv): Promise<AccountTag> {
  const key = await secretKey(kv, keys.accountKey());
  return function accountTag(username) {
    return createHmac("sha256", key).update(foldUsername(username))
      .digest("hex").slice(0, 16);
  };
}
