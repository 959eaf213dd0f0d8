/**
 * Encrypts secrets in the store that must be readable, such as the keys of second factors: a copy
 * of the store, or a backup, does not reveal them.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";
import { logLine } from "../base/log_line.ts";
import { parseSecretKey } from "../base/secret_key.ts";
import { isKvFile } from "../store/open.ts";
import { sha256Hex } from "../store/sha256.ts";

/** Some bytes, encrypted. */
export interface SealedSecret {
  /** Identifies the key without revealing it. */
  key: string;
  /** Nonce, tag and ciphertext of AES-256-GCM. */
  bytes: Uint8Array;
}

/** Encrypts and decrypts with keys that the store does not hold. */
export interface SecretBox {
  /** @param about The owner: data encrypted for one account cannot be decrypted for another. */
  seal(secret: Uint8Array, about: string): SealedSecret;
  /** The bytes, or null: another key sealed them, they are damaged, or they are another's. */
  open(sealed: SealedSecret, about: string): Uint8Array | null;
  /** Whether the data should be encrypted again, with the current key. */
  isStale(sealed: SealedSecret): boolean;
}

const NONCE = 12;
const TAG = 16;
const KEY_BYTES = 32;

/** A box of one key that seals and others that only open. */
export function createSecretBox(
  ...keys: [Uint8Array, ...Uint8Array[]]
): SecretBox {
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  const current = keyId(keys[0]);
  return {
    seal(secret, about) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv("aes-256-gcm", keys[0], nonce);
      cipher.setAAD(new TextEncoder().encode(about));
      const body = Buffer.concat([cipher.update(secret), cipher.final()]);
      const bytes = Buffer.concat([nonce, cipher.getAuthTag(), body]);
      return { key: current, bytes: new Uint8Array(bytes) };
    },
    open({ key: id, bytes }, about) {
      const key = byId.get(id);
      if (key === undefined || bytes.length < NONCE + TAG) return null;
      try {
        const nonce = bytes.subarray(0, NONCE);
        const decipher = createDecipheriv("aes-256-gcm", key, nonce);
        decipher.setAAD(new TextEncoder().encode(about));
        decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
        const body = decipher.update(bytes.subarray(NONCE + TAG));
        return new Uint8Array(Buffer.concat([body, decipher.final()]));
      } catch {
        return null;
      }
    },
    isStale: ({ key }) => key !== current,
  };
}

/** Where a store that is a file has its key, unless `SECRET_KEY` is set. */
export function keyFileOf(kvPath: string): string | null {
  return isKvFile(kvPath) ? `${kvPath}.key` : null;
}

/**
 * The box for a store: with `SECRET_KEY`, or with a key beside a store that is a file, which is made
 * where there is none. Null for a store in memory or elsewhere without `SECRET_KEY`: each process
 * would make a key of its own.
 *
 * @throws {Error} where the key's file cannot be read or made, or holds something else.
 */
export async function openSecretBox(
  { kvPath, secretKey }: { kvPath: string; secretKey: Uint8Array | null },
): Promise<SecretBox | null> {
  const file = keyFileOf(kvPath);
  if (secretKey !== null) {
    const beside = file === null ? null : await readKey(file);
    return createSecretBox(secretKey, ...beside === null ? [] : [beside]);
  }
  if (file === null) return null;
  return createSecretBox(await readKey(file) ?? await makeKey(file));
}

async function readKey(file: string): Promise<Uint8Array | null> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    return parseSecretKey(text.trim());
  } catch (error) {
    throw new Error(`Cannot use ${file}: ${(error as Error).message}`);
  }
}

/** Of processes that make it at once, one does; it is never seen half written. */
async function makeKey(file: string): Promise<Uint8Array> {
  const made = randomBytes(KEY_BYTES);
  const part = `${file}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(part, `${made.toString("base64")}\n`, {
    createNew: true,
    mode: 0o600,
  });
  try {
    await Deno.link(part, file);
    logLine("info", "sys_secret_key_made", { file });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  } finally {
    await Deno.remove(part);
  }
  return await readKey(file) ?? made;
}

function keyId(key: Uint8Array): string {
  return sha256Hex(`portcullis secret key ${key.toHex()}`).slice(0, 16);
}
