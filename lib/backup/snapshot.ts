import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";

/** The store as it was at one moment. */
export interface Snapshot extends AsyncDisposable {
  kv: Deno.Kv;
}

/**
 * Copies the store's SQLite file, all of it in one step, while others write to it. The copy stands in
 * a folder of its own beside `near`, for its owner alone, and is removed when it is disposed of.
 */
export async function openSnapshot(
  kvFile: string,
  near: string,
): Promise<Snapshot> {
  const folder = await Deno.makeTempDir({
    dir: dirname(near),
    prefix: ".portcullis-snapshot-",
  });
  try {
    const db = new DatabaseSync(kvFile, { readOnly: true, timeout: 10_000 });
    try {
      // Page by page, it would begin anew with every write of the server.
      await backup(db, `${folder}/kv.db`, { rate: -1 });
    } finally {
      db.close();
    }
    const kv = await Deno.openKv(`${folder}/kv.db`);
    return {
      kv,
      async [Symbol.asyncDispose]() {
        kv.close();
        await Deno.remove(folder, { recursive: true });
      },
    };
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
}
