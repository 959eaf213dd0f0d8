import type { Family } from "./mmdb.ts";
import { type Bytes, PagedFile } from "./pages.ts";

/**
 * The packaged city database of one family, 63 or 71 MB, as a file of which what is needed is read.
 * Only this function has the package loaded, and it does so when it is called.
 */
export async function packagedDatabase(family: Family): Promise<Bytes> {
  // Computed, not written out: Deno downloads what it can read in an `import()`, used or not.
  const module = new URL(["./dbip", "ts"].join("."), import.meta.url).href;
  const { dbipFile }: { dbipFile(family: Family): URL } = await import(module);
  return openFile(dbipFile(family));
}

/** Opens a database file. */
export function openFile(file: URL | string): Bytes {
  try {
    return new PagedFile(file);
  } catch (error) {
    const path = typeof file === "string" ? file : decodeURI(file.pathname);
    const words = error instanceof Deno.errors.NotFound
      ? "it is not there"
      : error instanceof Deno.errors.NotCapable
      ? "it needs --allow-read for it"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new Error(`Cannot open the geolocation data at ${path}: ${words}`, {
      cause: error,
    });
  }
}
