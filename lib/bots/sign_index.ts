/** A text to search for, and the value it stands for. */
export interface Sign<T> {
  sign: string;
  value: T;
  /** Of several found signs, the highest rank wins, then the first, then the longest. */
  rank: number;
  /**
   * Counts only at the start of the text, or after a browser's "Mozilla/…", because apps name the
   * libraries they use.
   */
  isFirst?: boolean;
}

/** The length of the keys by which signs are looked up. */
const KEY_LENGTH = 3;

/**
 * Finds the best of many signs in a text, regardless of case. A sign must be at the start of a word
 * and, if it ends with a letter, must not be followed by a lower-case letter: "Odin" is not in
 * "Odinga". Costs one look-up per word, however many signs there are, without backtracking.
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

  /** @throws {RangeError} if a sign is shorter than the keys. */
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

  /** The value of the best sign in a text. */
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
