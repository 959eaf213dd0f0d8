/** Every file of a store that is a file: SQLite's own, and our key next to it. */
function storeFiles(path: string): string[] {
  return [path, `${path}-wal`, `${path}-shm`, `${path}-journal`, `${path}.key`];
}

/** Permission bits of users other than the owner. */
const OTHERS = 0o077;

/**
 * Creates the file of a store before SQLite does, for its owner alone: SQLite uses the umask, which
 * mostly makes it readable by everybody, and gives the same mode to the files that it creates next
 * to it.
 */
export async function makeOwnerOnly(path: string): Promise<void> {
  try {
    (await Deno.open(path, { write: true, createNew: true, mode: 0o600 }))
      .close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** Restricts the files of a store to their owner. This fails for files of another user. */
export async function takeFromOthers(path: string): Promise<void> {
  for (const file of await readableByOthers(path)) {
    try {
      await Deno.chmod(file, 0o600);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
}

/**
 * Whether files have modes on this system. Windows has access control lists instead, which Deno
 * does not read; files inherit them from their folder.
 */
export function hasModes(
  os: typeof Deno.build.os = Deno.build.os,
): boolean {
  return os !== "windows";
}

/** The files of a store that users other than its owner may open; none if files have no modes. */
export async function readableByOthers(path: string): Promise<string[]> {
  const found: string[] = [];
  for (const file of storeFiles(path)) {
    try {
      const { mode } = await Deno.stat(file);
      if (mode !== null && (mode & OTHERS) !== 0) found.push(file);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return found;
}

/** The file is another user's, the system has no modes, or the file has been removed. */
function isRefusal(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.NotSupported ||
    error instanceof Deno.errors.NotFound;
}
