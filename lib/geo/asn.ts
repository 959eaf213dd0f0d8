/**
 * The packaged ranges of autonomous systems, 30 MB of CSV, as files. Importing this module makes
 * Deno download the package; no other module in lib imports it.
 *
 * @module
 */
import asn from "asn/package.json" with { type: "json" };

/** The files of the ranges: they have paths once the package is in the module graph. */
export function asnFiles(): { ipv4: URL; ipv6: URL } {
  return {
    ipv4: new URL(import.meta.resolve("asn/asn-ipv4-num.csv")),
    ipv6: new URL(import.meta.resolve("asn/asn-ipv6.csv")),
  };
}

/** The edition of the data, such as "2.3.2026061719". */
export const asnEdition: string = asn.version;
