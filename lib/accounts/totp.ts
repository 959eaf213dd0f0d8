/**
 * Time-based one-time passwords (RFC 6238) as authenticator apps make them by default: SHA-1, six
 * digits, a new one every 30 seconds.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { toBase32 } from "./base32.ts";

const STEP_MS = 30_000;
const DIGITS = 6;

/** 160 bits, as RFC 4226 recommends. */
const SECRET_BYTES = 20;

/**
 * How many steps a phone's clock may be ahead. None behind: a code is good for its own 30 seconds
 * and not afterwards (ASVS 5.0, 6.5.5), when somebody may have seen it.
 */
const AHEAD = 1;

/** A new key. */
export function newTotpSecret(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}

/** The code of a step, which is a count of 30 seconds since the epoch. */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = createHmac("sha1", secret)
    .update(new Uint8Array(counter.buffer)).digest();
  // RFC 4226, 5.3: the last four bits say where in the MAC to read.
  const number = mac.readUInt32BE(mac.at(-1)! & 15) & 0x7fff_ffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}

/**
 * The step that a code belongs to, of those around `now` and after `lastStep`, or null. A step that
 * was used is not accepted again, nor is one before it (RFC 6238, 5.2).
 *
 * @param now In milliseconds since the epoch.
 */
export function matchTotp(
  secret: Uint8Array,
  code: string,
  now: number,
  lastStep: number,
): number | null {
  const digits = code.replace(/\s/g, "");
  if (!/^\d{6}$/.test(digits)) return null;
  const given = new TextEncoder().encode(digits);
  const current = Math.floor(now / STEP_MS);
  let matched: number | null = null;
  for (let step = current; step <= current + AHEAD; step++) {
    const expected = new TextEncoder().encode(totpCode(secret, step));
    if (timingSafeEqual(given, expected) && step > lastStep) matched ??= step;
  }
  return matched;
}

/** The `otpauth:` URI that authenticator apps read from a QR code. */
export function totpUri(secret: Uint8Array, username: string): string {
  const label = `${ISSUER}:${encodeURIComponent(username)}`;
  return `otpauth://totp/${label}?secret=${
    toBase32(secret)
  }&issuer=${ISSUER}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_MS / 1_000}`;
}

const ISSUER = "Portcullis";
