/** A text to look for, and what it stands for. */
export interface Sign<T> {
  sign: string;
  value: T;
  /** Of those that are found the highest rank counts, then the first, then the longest. */
  rank: number;
  /** Counts only where the text begins, or after a browser's "Mozilla/…": apps name what they are built with. */
  isFirst?: boolean;
}

/** Signs are told apart by so many characters first. */
const KEY_LENGTH = 3;

/**
 * Finds the best of many signs in a text, whatever their case. A sign is found where a word begins
 * and, if it ends with a letter, only where the word does not go on in lower case: "Odin" is not in
 * "Odinga". Costs a look-up a word, however many signs there are, and no text makes it backtrack.
 *
 * @example
 * ```ts
 * import { SignIndex } from "./sign_index.ts";
 *
 * const index = new SignIndex([{ sign: "curl/", value: "curl", rank: 1 }]);
 * index.find("curl/8.14.1"); // "curl"
 * ```
 */
export class SignIndex<T> {
  readonly #byKey = new Map<string, (Sign<T> & { lower: string })[]>();

  /** @throws {RangeError} where a sign is too short to be told from others. */
  constructor(signs: Iterable<Sign<T>>) {
    for (const each of signs) {
      const lower = each.sign.toLowerCase();
      if (lower.length < KEY_LENGTH) {
        throw new RangeError(
          `Cannot look for "${each.sign}": expected at least ${KEY_LENGTH} characters`,
        );
      }
      const key = lower.slice(0, KEY_LENGTH);
      const same = this.#byKey.get(key);
      if (same) same.push({ ...each, lower });
      else this.#byKey.set(key, [{ ...each, lower }]);
    }
    for (const same of this.#byKey.values()) {
      same.sort((a, b) => b.rank - a.rank || b.lower.length - a.lower.length);
    }
  }

  /** What the best sign in a text stands for. */
  find(text: string): T | undefined {
    const lower = text.toLowerCase();
    const isBrowsers = lower.startsWith("mozilla/");
    let best: (Sign<T> & { lower: string }) | undefined;
    let inWord = false;
    for (let at = 0; at + KEY_LENGTH <= lower.length; at++) {
      const wasInWord = inWord;
      inWord = isWord(lower.charCodeAt(at));
      if (wasInWord && inWord) continue;
      const signs = this.#byKey.get(lower.slice(at, at + KEY_LENGTH));
      if (signs === undefined) continue;
      for (const sign of signs) {
        if (best !== undefined && sign.rank <= best.rank) break;
        if (sign.isFirst && at > 0 && !isBrowsers) continue;
        if (lower.startsWith(sign.lower, at) && ends(text, at, sign.lower)) {
          best = sign;
          break;
        }
      }
    }
    return best?.value;
  }
}

function ends(text: string, at: number, sign: string): boolean {
  if (!isLower(sign.charCodeAt(sign.length - 1))) return true;
  return !isLower(text.charCodeAt(at + sign.length));
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}

function isWord(code: number): boolean {
  return isLower(code) || code >= 48 && code <= 57;
}
