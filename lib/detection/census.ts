/** An address in a {@linkcode Census}. */
export interface Counted {
  requests: number;
  /** Whether any of them was signed in. */
  signedIn: boolean;
}

/** More addresses are counted together, but not remembered one by one. */
const MAX_ADDRESSES = 100_000;

/** Who was there in a period, offender or not; it shows whom a range would hit. */
export class Census {
  /** Requests in all, but for those that our blocklist refused. */
  requests = 0;
  readonly #addresses = new Map<string, Counted>();

  add(address: string, signedIn: boolean): void {
    this.requests++;
    const known = this.#addresses.get(address);
    if (known === undefined) {
      if (this.#addresses.size >= MAX_ADDRESSES) return;
      this.#addresses.set(address, { requests: 1, signedIn });
    } else {
      known.requests++;
      if (signedIn) known.signedIn = true;
    }
  }

  get(address: string): Readonly<Counted> | undefined {
    return this.#addresses.get(address);
  }

  [Symbol.iterator](): IterableIterator<[string, Readonly<Counted>]> {
    return this.#addresses.entries();
  }
}
