import type { Family } from "./mmdb.ts";
import type { Bytes } from "./pages.ts";

/**
 * A city database that is passed in, so that nobody else has it downloaded.
 *
 * @example
 * ```ts
 * import type { CityDatabase } from "@portcullis/portcullis/dbip";
 *
 * // An MMDB file for each family of addresses.
 * const cities: CityDatabase = {
 *   read: (family) => Deno.readFile(`./city-ipv${family}.mmdb`),
 * };
 * ```
 */
export interface CityDatabase {
  /** Opens the data of one family of addresses. */
  read(family: Family): Promise<Uint8Array | Bytes>;
}

/**
 * The database, or what makes it.
 *
 * @throws {TypeError} where it is something else.
 */
export function cityDatabase(
  given: CityDatabase | (() => CityDatabase),
): CityDatabase {
  const database = typeof given === "function" ? given() : given;
  if (typeof database?.read !== "function") {
    throw new TypeError(
      `Cannot use geo: expected dbip of "@portcullis/portcullis/dbip", received ${typeof given}`,
    );
  }
  return database;
}
