import { messageOf } from "../lib/base/error_words.ts";
import { loadConfigOrExit } from "../lib/app/config.ts";
import type { Config } from "../lib/settings/config.ts";
import { isStoreFailure } from "../lib/store/errors.ts";
import { openKvOrExit, readOrExit, shownKvPath } from "../lib/store/open.ts";
import { requireSchema } from "../lib/store/schema.ts";
import { fail, printError } from "./_cli.ts";

/** The context of a task: the configuration and the server's KV. */
export interface TaskStore {
  config: Config;
  kv: Deno.Kv;
  now: () => number;
}

/** Opens KV for a task and closes it again; an error ends the task with status 1 and one line. */
export async function withStore<T>(
  run: (store: TaskStore) => Promise<T>,
): Promise<T> {
  const config = loadConfigOrExit(printError);
  if (config.kvPath === ":memory:") {
    fail(
      "KV_PATH is :memory:, which no other process can see: expected the server's file or URL",
    );
  }
  const kv = await openKvOrExit(config.kvPath, "KV_PATH", printError);
  await readOrExit(config.kvPath, requireSchema(kv), printError);
  try {
    return await run({ config, kv, now: Date.now });
  } catch (error) {
    // SQLite's own words, such as that the disk is full, do not say of what.
    fail(
      isStoreFailure(error)
        ? `Cannot use KV at ${
          JSON.stringify(shownKvPath(config.kvPath))
        } (KV_PATH): ${messageOf(error)}`
        : error,
    );
  } finally {
    kv.close();
  }
}
