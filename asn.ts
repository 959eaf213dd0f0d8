/**
 * The data of network operators for {@linkcode asn}: an npm package of 30 MB, which is downloaded
 * when it is first read, and only if it is passed in. Network operators by RouteViews, NRO and
 * DB-IP, CC BY 4.0: pages that show them have to name the source, as the console does.
 *
 * @module
 */
import type { OperatorSource } from "./lib/geo/open_operators.ts";
import { packagedOperators } from "./lib/geo/packaged.ts";
export type { OperatorSource };

/**
 * The operators of addresses, by the ranges of autonomous systems.
 *
 * @example
 * ```ts
 * import { portcullis } from "@portcullis/portcullis";
 * import { asn } from "@portcullis/portcullis/asn";
 *
 * const gate = portcullis({ asn, kv: ":memory:", console: false });
 * await gate.close();
 * ```
 */
export function asn(): Promise<OperatorSource> {
  return packagedOperators();
}
