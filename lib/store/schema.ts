import { keys } from "./keys.ts";
import { write } from "./retry.ts";

/** The layout of the store that this code reads and writes. */
export const SCHEMA_VERSION = 2;

/** A step from one layout of the store to the next. */
export interface Migration {
  /** The resulting version. */
  to: number;
  /** Changes the store. It is run again if it was interrupted, and must then end the same. */
  run(kv: Deno.Kv): Promise<void>;
}

/** Every step since version 1, in order. */
const MIGRATIONS: readonly Migration[] = [
  // Chunks and rollups of version 1 are converted when they are read; older code cannot read new
  // ones.
  { to: 2, run: () => Promise.resolve() },
];

/** The store cannot be used by this version; the message says what to do. */
export class SchemaError extends Error {
  override name = "SchemaError";
}

/**
 * Writes the layout's version into a new store, and migrates an older one to this code's.
 *
 * A store without a version is from before versions were stored: that is the layout of version 1.
 *
 * @throws {SchemaError} if the store is newer than this code, or half restored or copied.
 */
export async function bringUpToDate(
  kv: Deno.Kv,
  { version = SCHEMA_VERSION, migrations = MIGRATIONS }: {
    version?: number;
    migrations?: readonly Migration[];
  } = {},
): Promise<void> {
  const stored = await storedVersion(kv, version);
  const set = (to: number) => write(() => kv.set(keys.schemaVersion(), to));
  // A store from before versions existed may have to be migrated.
  if (stored === null && version > 1 && await isEmpty(kv)) {
    await set(version);
    return;
  }
  for (const migration of migrations) {
    if (migration.to <= (stored ?? 1)) continue;
    await migration.run(kv);
    await set(migration.to);
  }
  if (stored === null && version === 1) await set(1);
}

/**
 * Checks that the store's layout is this code's, and writes nothing.
 *
 * @throws {SchemaError} if it is newer or older, or half restored or copied.
 */
export async function requireSchema(
  kv: Deno.Kv,
  version: number = SCHEMA_VERSION,
): Promise<void> {
  const stored = await storedVersion(kv, version);
  // A store without a version was never opened by a server: tasks of this version filled it.
  if (stored !== null && stored < version) {
    throw new SchemaError(
      `its schema is ${stored}, expected ${version}: start the server once, which migrates it`,
    );
  }
}

/**
 * Checks that the store is complete and no newer than this code, and writes nothing.
 *
 * @throws {SchemaError} if it is not.
 */
export async function requireWhole(kv: Deno.Kv): Promise<void> {
  await storedVersion(kv, SCHEMA_VERSION);
}

async function storedVersion(
  kv: Deno.Kv,
  version: number,
): Promise<number | null> {
  const [stored, restoring, migrating] = await kv.getMany<
    [number, string, unknown]
  >([
    keys.schemaVersion(),
    keys.restoring(),
    keys.migrating(),
  ]);
  if (restoring.versionstamp !== null) {
    throw new SchemaError(
      "a backup was restored incompletely: run `deno task restore` with the same file again",
    );
  }
  if (migrating.versionstamp !== null) {
    throw new SchemaError(
      "another store was copied into it incompletely: run `deno task migrate-kv` with the same --from and --to again",
    );
  }
  if (stored.value !== null && stored.value > version) {
    throw new SchemaError(
      `its schema is ${stored.value}, expected at most ${version}: use the newer Portcullis that wrote it`,
    );
  }
  return stored.value;
}

async function isEmpty(kv: Deno.Kv): Promise<boolean> {
  for await (const _ of kv.list({ prefix: [] }, { limit: 1 })) return false;
  return true;
}
