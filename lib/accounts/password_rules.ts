import { COMMON_PASSWORDS } from "./common_passwords.ts";
import { foldUsername } from "./usernames.ts";

/** The shortest password that is accepted, in characters (NIST SP 800-63B-4). */
const MIN_PASSWORD_CHARACTERS = 8;

/** The longest password that is hashed, in bytes of UTF-8. */
const MAX_PASSWORD_BYTES = 1_024;

/**
 * What is wrong with a new password, as a sentence for whoever chose it, or null.
 *
 * By NIST SP 800-63B-4: a minimal length and a check against common passwords and the user's name,
 * any character allowed, no rules of composition. Nothing is trimmed, folded or cut off.
 */
export function passwordProblem(
  password: string,
  username: string,
): string | null {
  if (isTooLong(password)) {
    return `Choose a shorter password, at most ${MAX_PASSWORD_BYTES} bytes.`;
  }
  if ([...password].length < MIN_PASSWORD_CHARACTERS) {
    return `Use at least ${MIN_PASSWORD_CHARACTERS} characters in the password.`;
  }
  if (COMMON_PASSWORDS.has(password.toLowerCase())) {
    return "This password is one of the most common. Choose another.";
  }
  if (foldUsername(password) === foldUsername(username)) {
    return "Choose a password that is not the user name.";
  }
  return null;
}

/** Whether a password is longer than {@linkcode MAX_PASSWORD_BYTES}. */
export function isTooLong(password: string): boolean {
  return password.length > MAX_PASSWORD_BYTES ||
    new TextEncoder().encode(password).length > MAX_PASSWORD_BYTES;
}
