/**
 * DB-IP's city database for {@linkcode dbip}: 134 MB, downloaded by who imports this and nobody else.
 * IP Geolocation by DB-IP, https://db-ip.com, CC BY 4.0: pages that show places have to say so, as
 * the console does.
 *
 * @module
 */
import type { CityDatabase } from "./lib/geo/city_database.ts";
import { dbipFile } from "./lib/geo/dbip.ts";
import { openFile } from "./lib/geo/packaged.ts";
export type { CityDatabase };

/**
 * Places of addresses by DB-IP's city database.
 *
 * @example
 * ```ts ignore
 * import { portcullis } from "@portcullis/portcullis";
 * import { dbip } from "@portcullis/portcullis/dbip";
 *
 * const gate = portcullis({ geo: dbip });
 * ```
 */
export function dbip(): CityDatabase {
  return {
    read: (family) => Promise.resolve().then(() => openFile(dbipFile(family))),
  };
}
