import { createHmac } from "node:crypto";
import { keys } from "../store/keys.ts";
import { secretKey } from "../store/secret_key.ts";
import { Recent } from "../base/recent.ts";

/** Making a receipt takes 15 µs, more than the rest of a refusal should; caching one, 100 bytes. */
const MOST_KNOWN = 32_768;
/** Length of a receipt in characters. */
export const RECEIPT_LENGTH = 12;

/**
 * Receipts, which a blocked visitor can give to an admin. A receipt is a keyed hash of the address,
 * so nothing is stored per refused address, and none can be guessed. To find the address of a
 * receipt, the receipts of the candidates (blocklist and log) are computed again.
 */
export class Receipts {
  readonly #key: Uint8Array;
  readonly #known = new Recent<string, string>(MOST_KNOWN);

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Opens with the store's key; the first process creates it. */
  static async open(kv: Deno.Kv): Promise<Receipts> {
    return new Receipts(await secretKey(kv, keys.receiptKey()));
  }

  /** A key for another purpose than receipts, derived from this one's. */
  keyFor(purpose: string): Uint8Array {
    return createHmac("sha256", this.#key).update(`key:${purpose}`).digest();
  }

  /** The receipt of an address: 12 characters of Crockford's base 32. */
  of(ip: string): string {
    let receipt = this.#known.get(ip);
    if (receipt === undefined) {
      this.#known.set(ip, receipt = this.make(ip));
    }
    return receipt;
  }

  /** {@linkcode of} without the cache: for many addresses. */
  make(ip: string): string {
    const digest = createHmac("sha256", this.#key).update(ip).digest();
    let receipt = "";
    for (let i = 0; i < RECEIPT_LENGTH; i++) {
      receipt += ALPHABET[digest[i]! & 31];
    }
    return receipt;
  }
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * Parses a typed receipt: in any case, with spaces or hyphens, O for 0, I or L for 1, as in
 * Crockford's base 32; null if it is not valid.
 */
export function parseReceipt(text: string): string | null {
  if (text.length > 64) return null;
  const receipt = text.toUpperCase().replace(/[\s-]/g, "")
    .replaceAll("O", "0").replace(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]{12}$/.test(receipt) ? receipt : null;
}
