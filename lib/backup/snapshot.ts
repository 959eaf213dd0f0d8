import { dirname } from "node:path";
// Imported as a namespace: early versions of the lowest supported Deno lack backup().
import * as sqlite from "node:sqlite";

const ALL_PAGES = 2 ** 31 - 1;

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
    const db = new sqlite.DatabaseSync(kvFile, {
      readOnly: true,
      timeout: 10_000,
    });
    try {
      const copy = `${folder}/kv.db`;
      if ("backup" in sqlite) {
        // Page by page, it would begin anew with every write of the server; -1 ends Deno 2.5.
        await sqlite.backup(db, copy, { rate: ALL_PAGES });
      } else copyRows(db, copy);
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

/** The same row by row, in one transaction, where Deno has no backup() yet. */
export function copyRows(db: sqlite.DatabaseSync, file: string): void {
  const copy = new sqlite.DatabaseSync(file);
  try {
    db.exec("BEGIN");
    copy.exec("BEGIN");
    const made = db.prepare(
      "SELECT type, name, sql FROM sqlite_master " +
        "WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~' " +
        "ORDER BY type <> 'table'",
    ).all() as { type: string; name: string; sql: string }[];
    for (const { type, name, sql } of made) {
      copy.exec(sql);
      if (type !== "table") continue;
      const read = db.prepare(`SELECT * FROM "${name}"`);
      // Versions are larger than what a number holds.
      read.setReadBigInts(true);
      let write: sqlite.StatementSync | undefined;
      for (const row of read.iterate()) {
        const values = Object.values(row as Record<string, never>);
        const places = values.map(() => "?").join();
        write ??= copy.prepare(`INSERT INTO "${name}" VALUES (${places})`);
        write.run(...values);
      }
    }
    copy.exec("COMMIT");
    db.exec("COMMIT");
  } finally {
    copy.close();
  }
}
