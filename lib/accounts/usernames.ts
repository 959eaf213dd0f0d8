import { keys } from "../store/keys.ts";
import { sha256Hex } from "../store/sha256.ts";
import { hasInvisible, isOneScript } from "./lookalike.ts";

const MAX_BYTES = 64;

/** Longer input is refused before any Unicode work is spent on it. */
const MAX_INPUT_LENGTH = 256;

/**
 * The canonical form by which names are compared: `User@x`, `user@x ` and full-width `ＵＳＥＲ＠ｘ` are
 * one account. NFKC, trimmed, and lower-cased by way of upper case, which folds `ß` to `ss`.
 */
export function foldUsername(name: string): string {
  return name.slice(0, MAX_INPUT_LENGTH).normalize("NFKC").trim()
    .toLowerCase().toUpperCase().toLowerCase().normalize("NFKC");
}

/** The form in which a name is stored and shown: as chosen, trimmed, NFC. */
export function shownUsername(name: string): string {
  return name.trim().normalize("NFC");
}

/**
 * What is wrong with a new account's name, as a sentence for whoever chose it, or null.
 *
 * A name is 1 to 64 bytes of letters of one script in everyday use, digits and `. _ - @ +`, and begins
 * with a letter or a digit: `аdmin` in Cyrillic and Latin looks like `admin`, and so does one with a
 * code point that nobody sees. Names that exist are not asked.
 */
export function usernameProblem(name: string): string | null {
  const folded = foldUsername(name);
  if (folded === "") return "Enter a user name.";
  if (
    name.length > MAX_INPUT_LENGTH ||
    new TextEncoder().encode(folded).length > MAX_BYTES
  ) {
    return `Choose a shorter user name, at most ${MAX_BYTES} characters.`;
  }
  if (hasInvisible(name.trim()) || hasInvisible(folded)) {
    return "Use only letters that can be seen in the user name.";
  }
  if (!/^[\p{L}\p{M}\p{N}._@+-]+$/u.test(folded)) {
    return "Use only letters, digits and . _ - @ + in the user name.";
  }
  if (!/^[\p{L}\p{N}]/u.test(folded)) {
    return "Begin the user name with a letter or a digit.";
  }
  if (!isOneScript(folded)) {
    return "Use letters of one alphabet in the user name.";
  }
  return null;
}

/** The key under which a name, in any spelling, leads to its account. */
export function usernameKey(name: string): Deno.KvKey {
  return keys.userByName(sha256Hex(foldUsername(name)));
}
