import { parseIp } from "../net/ip.ts";

/** The DNS look-ups that verification needs. A name that does not exist gives an empty list. */
export interface Resolver {
  /** The names of an address. Rejects if there is no response. */
  reverse(ip: string, signal: AbortSignal): Promise<string[]>;
  /** The addresses of a name. Rejects if there is no response. */
  forward(name: string, signal: AbortSignal): Promise<string[]>;
  /**
   * Whether it resolves public names: the DNS of a closed network answers "no such name" to every
   * query, which must not disprove a client.
   *
   * @default () => Promise.resolve(true)
   */
  knowsOutside?(signal: AbortSignal): Promise<boolean>;
}

/** A name that every DNS with internet access resolves. */
const WELL_KNOWN = "dns.google";

/** The system's resolver. */
export const systemResolver: Resolver = {
  reverse: (ip, signal) => ask(reverseName(ip), "PTR", signal),
  async forward(name, signal) {
    const [v4, v6] = await Promise.all([
      ask(name, "A", signal),
      ask(name, "AAAA", signal),
    ]);
    return [...v4, ...v6];
  },
  async knowsOutside(signal) {
    return (await systemResolver.forward(WELL_KNOWN, signal)).length > 0;
  },
};

async function ask(
  name: string,
  type: "PTR" | "A" | "AAAA",
  signal: AbortSignal,
): Promise<string[]> {
  try {
    return await Deno.resolveDns(name, type, { signal });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The name of an address in the reverse DNS (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseName(text: string): string {
  const ip = parseIp(text);
  if (!ip) throw new TypeError(`Cannot look up "${text}": expected an address`);
  if (ip.family === 4) {
    return `${text.split(".").reverse().join(".")}.in-addr.arpa`;
  }
  const digits = [...ip.words]
    .map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  return `${[...digits].reverse().join(".")}.ip6.arpa`;
}
