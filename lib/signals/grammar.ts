import { ANYWHERE } from "./place.ts";

/**
 * A fragment of a language that an attack is written in. Looked for only where one of its words or
 * characters stands, so a text costs one pass, however many fragments there are.
 */
export interface Fragment {
  /** A mask of signals. */
  signal: number;
  /** Where it counts. */
  places: number;
  /**
   * Tried at the word's first character or at the character; sticky. Every repetition is bounded,
   * so that each try takes constant time.
   */
  pattern: RegExp;
}

/** A fragment, and what stands at its place: words of letters, digits and `_`, or one character. */
export interface Rule extends Fragment {
  at: readonly string[];
}

/** Writes a rule: at one of these words or characters, this pattern. */
export function rule(
  signal: number,
  at: string,
  pattern: RegExp,
  places: number = ANYWHERE,
): Rule {
  return { signal, at: at.trim().split(/\s+/), pattern, places };
}

const WORD = 1;

/** Rules made ready for a text: one look-up a word, one a character. */
export class Grammar {
  /** What a character is: nothing, part of a word, or a number of rules of its own. */
  readonly #kinds = new Uint8Array(256);
  readonly #byCharacter: Fragment[][] = [[], []];
  /** Rules by the hash of their word; a power of two, mostly empty. */
  readonly #byHash: ({ word: string; fragments: Fragment[] }[] | undefined)[];
  readonly #mask: number;

  constructor(rules: Iterable<Rule>) {
    for (let code = 0; code < 256; code++) {
      if (isWordCode(code)) this.#kinds[code] = WORD;
    }
    const byWord = new Map<string, Fragment[]>();
    for (const { at, signal, places, pattern } of rules) {
      if (!pattern.sticky) {
        throw new RangeError(
          `Cannot use a pattern: expected a sticky one, received ${pattern}`,
        );
      }
      const fragment = { signal, places, pattern };
      for (const word of at) {
        const code = word.charCodeAt(0);
        if (word.length > 1 || this.#kinds[code] === WORD) {
          const fragments = byWord.get(word) ?? [];
          fragments.push(fragment);
          byWord.set(word, fragments);
        } else {
          const kind = this.#kinds[code] || this.#byCharacter.length;
          this.#kinds[code] = kind;
          (this.#byCharacter[kind] ??= []).push(fragment);
        }
      }
    }
    const size = 2 ** Math.ceil(Math.log2(Math.max(byWord.size, 1) * 8));
    this.#mask = size - 1;
    this.#byHash = new Array(size).fill(undefined);
    for (const [word, fragments] of byWord) {
      (this.#byHash[hashOf(word) & this.#mask] ??= []).push({
        word,
        fragments,
      });
    }
  }

  /** The signals of all fragments that a folded text holds and that count at its place. */
  find(text: string, place: number): number {
    const kinds = this.#kinds;
    const length = text.length;
    let found = 0;
    for (let at = 0; at < length;) {
      const kind = kinds[text.charCodeAt(at) & 0xff]!;
      if (kind === WORD) {
        const start = at;
        let hash = SEED;
        let code = text.charCodeAt(at);
        do {
          hash = Math.imul(hash ^ code, PRIME);
          code = text.charCodeAt(++at);
        } while (at < length && kinds[code & 0xff] === WORD);
        const slot = this.#byHash[(hash ^ hash >>> 15) & this.#mask];
        if (slot === undefined) continue;
        for (let i = 0; i < slot.length; i++) {
          const { word, fragments } = slot[i]!;
          if (word.length !== at - start || !text.startsWith(word, start)) {
            continue;
          }
          found |= tried(fragments, text, start, place, found);
        }
      } else {
        if (kind !== 0) {
          const fragments = this.#byCharacter[kind]!;
          found |= tried(fragments, text, at, place, found);
        }
        at++;
      }
    }
    return found;
  }
}

function tried(
  fragments: readonly Fragment[],
  text: string,
  at: number,
  place: number,
  found: number,
): number {
  for (let i = 0; i < fragments.length; i++) {
    const { signal, places, pattern } = fragments[i]!;
    if ((places & place) === 0 || (found & signal) === signal) continue;
    pattern.lastIndex = at;
    if (pattern.test(text)) found |= signal;
  }
  return found;
}

function isWordCode(code: number): boolean {
  return code >= 0x61 && code <= 0x7a || code >= 0x30 && code <= 0x39 ||
    code === 0x5f || code >= 0x80;
}

const SEED = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

function hashOf(word: string): number {
  let hash = SEED;
  for (let i = 0; i < word.length; i++) {
    hash = Math.imul(hash ^ word.charCodeAt(i), PRIME);
  }
  return hash ^ hash >>> 15;
}
