import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";

/** Writes down that a backup was made. */
export async function noteBackup(
  kv: Deno.Kv,
  now: () => number,
): Promise<void> {
  await write(() => kv.set(keys.lastBackup(), now()));
}

/** When the last backup was made by `deno task backup`, epoch ms; null where none was. */
export async function lastBackup(kv: Deno.Kv): Promise<number | null> {
  return (await kv.get<number>(keys.lastBackup())).value;
}
