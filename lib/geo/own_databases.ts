import { cutBytes } from "../base/text.ts";
import { type Database, openDatabase } from "./mmdb.ts";
import type { NetworkOperator } from "./operator_table.ts";
import { openFile } from "./packaged.ts";
import type { RawPlace } from "./place.ts";

/** What a database of one's own is about. */
export type DatabaseKind = "city" | "country" | "asn";

/** Databases of one's own (`GEO_DATABASE`): each kind may come in a file for each family. */
export type OwnDatabases = Readonly<Record<DatabaseKind, readonly Database[]>>;

/** None of one's own. */
export const noDatabases: OwnDatabases = { city: [], country: [], asn: [] };

const MAX_NAME_BYTES = 96;

/**
 * Opens MMDB files.
 *
 * @throws {Error} where a file cannot be read, is no database or of no kind that is of use.
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

/** Lets go of the files. */
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
 * What the first of some databases says of an address, or null. A file for IPv6 that may hold IPv4
 * as well is asked for it only where there is none for IPv4 alone.
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

/** A place as MaxMind and DB-IP nest it, IPinfo writes it, and packages of either flatten it. */
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

/** Who runs the network of an address, by databases of one's own. */
export function operatorIn(
  databases: readonly Database[],
): (ip: string) => NetworkOperator | null {
  const known = new Map<number, NetworkOperator>();
  return function findOperator(ip) {
    let record;
    try {
      record = recordOf(databases, ip);
    } catch {
      // Damaged data must not fail the request that asked.
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
