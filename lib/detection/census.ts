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
  /** Twice the requests, and one where any was signed in: a number costs less than an object. */
  readonly #addresses = new Map<string, number>();

  add(address: string, signedIn: boolean): void {
    this.requests++;
    const known = this.#addresses.get(address);
    if (known === undefined) {
      if (this.#addresses.size >= MAX_ADDRESSES) return;
      this.#addresses.set(address, signedIn ? 3 : 2);
    } else {
      this.#addresses.set(address, signedIn ? (known + 2) | 1 : known + 2);
    }
  }

  get(address: string): Counted | null {
    const packed = this.#addresses.get(address);
    return packed === undefined ? null : unpack(packed);
  }

  *[Symbol.iterator](): Generator<[address: string, counted: Counted]> {
    for (const [address, packed] of this.#addresses) {
      yield [address, unpack(packed)];
    }
  }
}

function unpack(packed: number): Counted {
  return { requests: packed >> 1, signedIn: (packed & 1) === 1 };
}
