/** The requests of an address. */
export interface Counted {
  requests: number;
  /** Whether any of them was signed in. */
  signedIn: boolean;
}

/** All addresses of a period, offenders or not; it shows whom a block of a range would hit. */
export interface Census extends Iterable<[address: string, counted: Counted]> {
  /** Requests in all, but for those that our blocklist refused. */
  requests: number;
  get(address: string): Counted | undefined;
}
