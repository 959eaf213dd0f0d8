import { fileURLToPath } from "node:url";
import { messageOf } from "../base/error_words.ts";
import { siblingModule } from "../base/sibling_module.ts";
import { readInPieces } from "./database_bytes.ts";
import type { Family } from "./mmdb.ts";
import type { OperatorSource } from "./open_operators.ts";
import { type Bytes, PagedFile } from "./pages.ts";

/**
 * The packaged city database of one family, 63 or 71 MB, as a file of which only the needed parts
 * are read. Only a call of this function loads the package.
 */
export async function packagedDatabase(family: Family): Promise<Bytes> {
  const { dbipFile }: { dbipFile(family: Family): URL } = await import(
    /* @vite-ignore */ hidden("dbip")
  );
  return openFile(dbipFile(family));
}

/**
 * The packaged ranges of autonomous systems. Only a call of this function loads their package; the
 * 30 MB are read when they are packed.
 */
export async function packagedOperators(): Promise<OperatorSource> {
  const { asnEdition, asnFiles }: {
    asnEdition: string;
    asnFiles(): { ipv4: URL; ipv6: URL };
  } = await import(/* @vite-ignore */ hidden("asn"));
  return {
    edition: asnEdition,
    async read() {
      const { ipv4, ipv6 } = asnFiles();
      return { ipv4: await bytesOf(ipv4), ipv6: await bytesOf(ipv6) };
    },
  };
}

/**
 * Computed, not literal: Deno downloads whatever it can read in an `import()`, used or not; in
 * `typeof import()`, too.
 */
function hidden(module: string): string {
  return siblingModule(module, import.meta.url).href;
}

/** Opens a database file. */
export function openFile(file: URL | string): Bytes {
  try {
    return new PagedFile(file);
  } catch (error) {
    throw notOpened("geolocation data", file, error);
  }
}

async function bytesOf(file: URL): Promise<Uint8Array> {
  try {
    return await readInPieces(file);
  } catch (error) {
    throw notOpened("operators' data", file, error);
  }
}

function notOpened(what: string, file: URL | string, cause: unknown): Error {
  const path = typeof file === "string" ? file : fileURLToPath(file);
  const words = cause instanceof Deno.errors.NotFound
    ? "it is not there"
    : cause instanceof Deno.errors.NotCapable
    ? "it needs --allow-read for it"
    : messageOf(cause);
  return new Error(`Cannot open the ${what} at ${path}: ${words}`, { cause });
}
