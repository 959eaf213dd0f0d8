import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  noOperators,
  openOperators,
  type Operators,
  operatorsBy,
  type OperatorSource,
} from "../geo/open_operators.ts";
import {
  closeDatabases,
  openOwnDatabases,
  operatorIn,
} from "../geo/own_databases.ts";
import { packagedOperators } from "../geo/packaged.ts";
import { isKvFile } from "../store/open.ts";
import type { Config } from "../settings/config.ts";

/**
 * Opens the table of network operators; an empty one if geolocation is off, or without data. The
 * packed table is searched where the build puts it, then beside the store.
 */
export function operatorsFor(
  { geoProvider, geoDatabase, kvPath }: Pick<
    Config,
    "geoProvider" | "geoDatabase" | "kvPath"
  >,
  built: URL,
  source: (() => Promise<OperatorSource>) | null = packagedOperators,
): Operators {
  const { asn, ...others } = openOwnDatabases(geoDatabase);
  closeDatabases({ ...others, asn: [] });
  if (asn.length > 0) return operatorsBy(operatorIn(asn));
  if (geoProvider === "off" || source === null) return noOperators;
  const folders = built.protocol === "file:" ? [fileURLToPath(built)] : [];
  if (isKvFile(kvPath)) folders.push(dirname(resolve(kvPath)));
  return openOperators({ source, folders });
}
