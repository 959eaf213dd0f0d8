import { sha256Hex } from "../store/sha256.ts";

/** How many codes a user gets. */
const RECOVERY_CODES = 10;

// Crockford's base32: no letter that is taken for a digit.
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 12;

/**
 * New recovery codes, each of 60 random bits, like `a1b2-c3d4-e5f6`. So many bits need no slow hash:
 * who has the stored hashes cannot try out all codes.
 */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
    const code = Array.from(bytes, (byte) => ALPHABET[byte & 31]).join("");
    return code.match(/.{4}/g)!.join("-");
  });
}

/** Whether a code has the form of a recovery code, and not of an app's six digits. */
export function isRecoveryCode(code: string): boolean {
  return code.length <= 64 && recoveryCodeHash("", code) !== null;
}

/** What is stored of a code; the same for every way to type it, or null for what is no such code. */
export function recoveryCodeHash(
  userId: string,
  code: string,
): string | null {
  const folded = code.toLowerCase().replace(/[\s-]/g, "")
    .replaceAll("o", "0").replace(/[il]/g, "1");
  if (folded.length !== LENGTH || !/^[0-9a-z]+$/.test(folded)) return null;
  return sha256Hex(`${userId} ${folded}`);
}
