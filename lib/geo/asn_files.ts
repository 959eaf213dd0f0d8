import { readInPieces } from "./database_bytes.ts";
import type { OperatorFiles } from "./pack_operators.ts";

/** The packaged ranges of autonomous systems, 30 MB of CSV. */
export async function asnFiles(): Promise<OperatorFiles> {
  const [ipv4, ipv6] = [
    import.meta.resolve("asn/asn-ipv4-num.csv"),
    import.meta.resolve("asn/asn-ipv6.csv"),
  ];
  if (ipv4.startsWith("file:") && ipv6.startsWith("file:")) {
    try {
      return {
        ipv4: await readInPieces(new URL(ipv4)),
        ipv6: await readInPieces(new URL(ipv6)),
      };
    } catch {
      // Then as a module.
    }
  }
  // Written out, not computed: that is how Deno knows to install the package.
  const files = await Promise.all([
    import("asn/asn-ipv4-num.csv", { with: { type: "bytes" } }),
    import("asn/asn-ipv6.csv", { with: { type: "bytes" } }),
  ]);
  return { ipv4: files[0].default, ipv6: files[1].default };
}

/** Tells one edition of the data from the next, such as "2.3.2026061719". */
export function asnEdition(): string {
  const url = import.meta.resolve("asn/asn-ipv4-num.csv");
  return /asn[/@]v?(\d[\w.]*)/.exec(url)?.[1] ?? "unknown";
}
