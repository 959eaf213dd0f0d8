import type { Family } from "./mmdb.ts";
import type { Bytes } from "./pages.ts";

/**
 * A city database, passed as an option so that only apps that use it download the data.
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
 * The database, or the result of the function that makes it.
 *
 * @throws {TypeError} for anything else.
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
