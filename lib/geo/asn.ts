/**
 * The packaged ranges of autonomous systems, 30 MB of CSV, where they are files. Whoever imports this
 * module has the package downloaded; nothing else in lib names it.
 *
 * @module
 */
import asn from "asn/package.json" with { type: "json" };

/** Where the ranges lie: once the package is in the module graph, its files have paths. */
export function asnFiles(): { ipv4: URL; ipv6: URL } {
  return {
    ipv4: new URL(import.meta.resolve("asn/asn-ipv4-num.csv")),
    ipv6: new URL(import.meta.resolve("asn/asn-ipv6.csv")),
  };
}

/** Tells one edition of the data from the next, such as "2.3.2026061719". */
export const asnEdition: string = asn.version;
