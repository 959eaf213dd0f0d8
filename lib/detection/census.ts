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

/** More addresses are counted together, but not remembered one by one. */
const MAX_ADDRESSES = 100_000;

/** A {@linkcode Census} that counts by itself. */
export class OwnCensus implements Census {
  requests = 0;
  readonly #addresses = new Map<string, Counted>();

  add(address: string, signedIn: boolean): void {
    const known = this.#addresses.get(address);
    if (known === undefined) {
      if (this.#addresses.size >= MAX_ADDRESSES) return;
      this.#addresses.set(address, { requests: 1, signedIn });
    } else {
      known.requests++;
      if (signedIn) known.signedIn = true;
    }
  }

  get(address: string): Counted | undefined {
    return this.#addresses.get(address);
  }

  [Symbol.iterator](): IterableIterator<[string, Counted]> {
    return this.#addresses.entries();
  }
}
