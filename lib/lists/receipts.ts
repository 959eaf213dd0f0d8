import { createHmac } from "node:crypto";
import { keys } from "../store/keys.ts";
import { secretKey } from "../store/secret_key.ts";
import { Recent } from "../base/recent.ts";

/** Making a receipt takes 15 µs, more than the rest of a refusal should; remembering one, 100 bytes. */
const MOST_KNOWN = 32_768;
/** Characters of a receipt. */
export const RECEIPT_LENGTH = 12;

/**
 * Receipts, which a blocked visitor can give to an admin. A receipt is a keyed hash of the address,
 * so nothing need be stored when one is handed out, however many addresses are refused, and none
 * can be guessed. To find the address of a receipt, the receipts of the candidates (blocklist and
 * log) are made again.
 */
export class Receipts {
  readonly #key: Uint8Array;
  readonly #known = new Recent<string, string>(MOST_KNOWN);

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Opens with the store's key; the first process to ask makes it. */
  static async open(kv: Deno.Kv): Promise<Receipts> {
    return new Receipts(await secretKey(kv, keys.receiptKey()));
  }

  /** A key for another purpose than receipts, made of this one's. */
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

  /** {@linkcode of}, but forgotten at once: for going through many addresses. */
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
 * The receipt that somebody typed: in any case, with blanks or hyphens, O for 0, I or L for 1, as
 * Crockford's base 32 is read; null where it cannot be one.
 */
export function parseReceipt(text: string): string | null {
  if (text.length > 64) return null;
  const receipt = text.toUpperCase().replace(/[\s-]/g, "")
    .replaceAll("O", "0").replace(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]{12}$/.test(receipt) ? receipt : null;
}
