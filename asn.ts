/**
 * Who runs which network for {@linkcode asn}: 30 MB, downloaded by who imports this and nobody else.
 * Network operators by RouteViews, NRO and DB-IP, CC BY 4.0: pages that show them have to say so, as
 * the console does.
 *
 * @module
 */
import { asnEdition, asnFiles } from "./lib/geo/asn.ts";
import { readInPieces } from "./lib/geo/database_bytes.ts";
import type { OperatorSource } from "./lib/geo/open_operators.ts";
export type { OperatorSource };

/**
 * The operators of addresses, by the ranges of autonomous systems.
 *
 * @example
 * ```ts ignore
 * import { portcullis } from "@portcullis/portcullis";
 * import { asn } from "@portcullis/portcullis/asn";
 *
 * const gate = portcullis({ asn });
 * ```
 */
export function asn(): OperatorSource {
  return {
    edition: asnEdition,
    async read() {
      const { ipv4, ipv6 } = asnFiles();
      return { ipv4: await readInPieces(ipv4), ipv6: await readInPieces(ipv6) };
    },
  };
}
