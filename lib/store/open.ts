import { dirname } from "node:path";

/**
 * Opens the KV database that `KV_PATH` names: a file (its folder is made, readable by its owner
 * alone), `:memory:`, or the URL of a KV Connect server.
 */
export async function openKv(path: string): Promise<Deno.Kv> {
  const isFile = path !== ":memory:" && !/^https?:\/\//i.test(path);
  if (isFile) {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  }
  return await Deno.openKv(path);
}
