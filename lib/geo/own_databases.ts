import { cutBytes } from "../base/text.ts";
import { type Database, openDatabase } from "./mmdb.ts";
import type { NetworkOperator } from "./operator_table.ts";
import { openFile } from "./packaged.ts";
import type { RawPlace } from "./place.ts";

/** The kind of data in the user's own database. */
export type DatabaseKind = "city" | "country" | "asn";

/** The user's own databases (`GEO_DATABASE`): each kind may have a file for each family. */
export type OwnDatabases = Readonly<Record<DatabaseKind, readonly Database[]>>;

/** No databases of the user's own. */
export const noDatabases: OwnDatabases = { city: [], country: [], asn: [] };

const MAX_NAME_BYTES = 96;

/**
 * Opens MMDB files.
 *
 * @throws {Error} if a file cannot be read, is no database, or has no useful kind.
 */
export function openOwnDatabases(files: readonly string[]): OwnDatabases {
  const own: Record<DatabaseKind, Database[]> = {
    city: [],
    country: [],
    asn: [],
  };
  try {
    for (const file of files) {
      const bytes = openFile(file);
      let database: Database;
      try {
        database = openDatabase(bytes);
      } catch (error) {
        bytes.close();
        throw new Error(`${file} cannot be used: ${(error as Error).message}`);
      }
      const kind = kindOf(database.type);
      if (kind === null) {
        database.close();
        throw new Error(
          `${file} is of type ${
            JSON.stringify(database.type.slice(0, 50))
          }: expected a city, country or ASN database`,
        );
      }
      own[kind].push(database);
    }
  } catch (error) {
    closeDatabases(own);
    throw error;
  }
  return own;
}

/** Closes the files. */
export function closeDatabases(own: OwnDatabases): void {
  for (const database of Object.values(own).flat()) database.close();
}

function kindOf(type: string): DatabaseKind | null {
  if (/\b(asn|isp)\b|autonomous/i.test(type.replaceAll(/[-_]/g, " "))) {
    return "asn";
  }
  if (/city|enterprise|location/i.test(type)) return "city";
  return /country/i.test(type) ? "country" : null;
}

/**
 * The first record of an address in some databases, or null. A file for IPv6 that may include IPv4
 * is used for IPv4 only if there is no separate file.
 */
export function recordOf(
  databases: readonly Database[],
  ip: string,
): Record<string, unknown> | null {
  const ours = ip.includes(":") ? 6 : 4;
  const hasOwn = databases.some(({ family }) => family === ours);
  for (const database of databases) {
    if (hasOwn && database.family !== ours) continue;
    const record = database.record(ip);
    if (record !== null) return record;
  }
  return null;
}

/**
 * A place from a record: nested as in MaxMind and DB-IP, in IPinfo's format, or flattened as in
 * packages of either.
 */
export function rawPlaceOf(record: Record<string, unknown>): RawPlace {
  const { country, city, location } = record;
  return {
    country_code: record.country_code ?? field(country, "iso_code") ??
      (typeof country === "string" && country.length === 2
        ? country
        : undefined),
    city: typeof city === "string" ? city : field(field(city, "names"), "en"),
    latitude: numeric(
      record.latitude ?? field(location, "latitude") ?? record.lat,
    ),
    longitude: numeric(
      record.longitude ?? field(location, "longitude") ?? record.lng,
    ),
  };
}

/** The operator of an address's network, from the user's own databases. */
export function operatorIn(
  databases: readonly Database[],
): (ip: string) => NetworkOperator | null {
  const known = new Map<number, NetworkOperator>();
  return function findOperator(ip) {
    let record;
    try {
      record = recordOf(databases, ip);
    } catch {
      // Damaged data must not fail the request.
    }
    if (!record) return null;
    const number = record.autonomous_system_number ?? record.asn;
    const asn = Number(String(number).replace(/^AS/i, ""));
    if (!Number.isInteger(asn) || asn < 1 || asn >= 2 ** 32) return null;
    let operator = known.get(asn);
    if (operator === undefined) {
      const name = record.autonomous_system_organization ?? record.name;
      operator = {
        asn,
        name: typeof name === "string" ? cutBytes(name, MAX_NAME_BYTES) : "",
      };
      known.set(asn, operator);
    }
    return operator;
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null &&
      Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function numeric(value: unknown): unknown {
  return typeof value === "string" && value !== "" ? Number(value) : value;
}
