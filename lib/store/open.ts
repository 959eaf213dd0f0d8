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

/** `KV_PATH` as it may be shown: without the password that a URL can hold. */
export function shownKvPath(path: string): string {
  return path.replace(/^(https?:\/\/)[^/?#]*@/i, "$1");
}

/** {@linkcode openKv}, but a store that cannot be opened ends the process with status 1 and one line. */
export async function openKvOrExit(path: string): Promise<Deno.Kv> {
  try {
    return await openKv(path);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    console.error(
      `Cannot open KV at ${JSON.stringify(shownKvPath(path))} (KV_PATH): ${
        words.split("\n", 1)[0]
      }`,
    );
    Deno.exit(1);
  }
}
