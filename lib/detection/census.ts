/** What is known of an address that was there. */
export interface Counted {
  requests: number;
  /** Whether any of them was signed in. */
  signedIn: boolean;
}

/** Who was there in a period, offender or not; it shows whom a range would hit. */
export interface Census extends Iterable<[address: string, counted: Counted]> {
  /** Requests in all, but for those that our blocklist refused. */
  requests: number;
  get(address: string): Counted | undefined;
}
