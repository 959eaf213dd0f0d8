/** Every file that holds some of a store which is a file: SQLite's own, and our key beside it. */
function storeFiles(path: string): string[] {
  return [path, `${path}-wal`, `${path}-shm`, `${path}-journal`, `${path}.key`];
}

/** Bits of a mode that let others than the owner in. */
const OTHERS = 0o077;

/**
 * Makes the file of a store before SQLite does, for its owner alone: SQLite makes it as the umask
 * says, readable by everybody in most places, and gives its own mode to what it makes beside it.
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
 * Whether files have modes here. Windows has lists of who may do what instead, which Deno does not
 * read; what a folder allows is inherited there by what is in it.
 */
export function hasModes(
  os: typeof Deno.build.os = Deno.build.os,
): boolean {
  return os !== "windows";
}

/** Those files of a store that others than its owner may open; none where files have no modes. */
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

/** It is another user's file, a system without modes, or gone meanwhile. */
function isRefusal(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.NotSupported ||
    error instanceof Deno.errors.NotFound;
}
