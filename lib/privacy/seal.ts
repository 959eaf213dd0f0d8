import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { HeldKey } from "./rotating_keys.ts";

/** A text that can be read for as long as its key is held. */
export interface Sealed {
  /** Start of the key's period, in milliseconds since the epoch. */
  key: number;
  /** Nonce, tag and ciphertext of AES-256-GCM. */
  bytes: Uint8Array;
}

const NONCE = 12;
const TAG = 16;

/** How many bytes a sealed text is longer than the text. */
const SEAL_OVERHEAD = NONCE + TAG;

/** Seals a text. */
export function seal({ start, key }: HeldKey, text: string): Sealed {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const body = [cipher.update(text, "utf8"), cipher.final()];
  const parts = [nonce, cipher.getAuthTag(), ...body];
  const bytes = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { key: start, bytes };
}

/** The text under a seal, or null: its key is gone, or it is damaged. */
export function unseal(
  held: ReadonlyMap<number, Uint8Array>,
  { key: start, bytes }: Sealed,
): string | null {
  const key = held.get(start);
  if (key === undefined || bytes.length < SEAL_OVERHEAD) return null;
  try {
    const nonce = bytes.subarray(0, NONCE);
    const decipher = createDecipheriv("aes-256-gcm", key, nonce);
    decipher.setAuthTag(bytes.subarray(NONCE, SEAL_OVERHEAD));
    const text = decipher.update(bytes.subarray(SEAL_OVERHEAD));
    return text.toString("utf8") + decipher.final("utf8");
  } catch {
    return null;
  }
}
