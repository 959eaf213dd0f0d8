/** The requests of an address. */
export interface Counted {
  requests: number;
  /** Whether any of them was signed in. */
  signedIn: boolean;
}

/**
 * All addresses of a period, offenders or not; it shows which clients a block of a range would
 * affect.
 */
export interface Census extends Iterable<[address: string, counted: Counted]> {
  /** The total of requests, without those that our blocklist refused. */
  requests: number;
  get(address: string): Counted | undefined;
}
