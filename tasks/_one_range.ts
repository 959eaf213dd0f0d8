import { type Cidr, parseCidr } from "../lib/net/cidr.ts";
import { usageError } from "./_cli.ts";

/** The positional arguments of a task that takes one address or range. */
export const ONE_RANGE = { min: 0, max: 1, what: "one address or CIDR range" };

/**
 * The one address or range on a command line, as first argument or as `--ip`; anything else ends
 * with status 2 and one line.
 */
export function oneRange(
  args: { positional: string[]; ip?: string },
  verb: string,
  usage: string,
): Cidr {
  const given = [...args.positional, ...(args.ip ? [args.ip] : [])];
  if (given.length !== 1) {
    usageError(`Got ${given.length} addresses, expected one`, usage);
  }
  try {
    return parseCidr(given[0]!, verb);
  } catch (error) {
    usageError((error as Error).message, usage);
  }
}
