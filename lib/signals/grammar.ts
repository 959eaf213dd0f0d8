import { ANYWHERE } from "./place.ts";

/** Tests whether a fragment begins at a position of a folded text; takes bounded time. */
export type Test = (text: string, at: number) => boolean;

/**
 * A fragment of a language that attacks use, and the words or characters at which it is tested:
 * words of letters, digits and `_`, or one character. So a text costs one pass, however many
 * fragments there are.
 */
export interface Rule {
  /** A mask of signals. */
  signal: number;
  at: readonly string[];
  /** A mask of the places where it counts. */
  places: number;
  /**
   * Tested at the word's first character or at the character: a sticky pattern, or a function.
   * Every repetition is bounded, so that each test takes constant time.
   */
  pattern: RegExp | Test;
}

/** Makes a rule that tests a pattern at each of these words or characters. */
export function rule(
  signal: number,
  at: string,
  pattern: RegExp | Test,
  places: number = ANYWHERE,
): Rule {
  return { signal, at: at.trim().split(/\s+/), pattern, places };
}

interface Fragment {
  signal: number;
  pattern: RegExp | null;
  test: Test | null;
}

/** Fragments by the index of their place. */
type ByPlace = Fragment[][];

const WORD = 1;
const PLACES = 32 - Math.clz32(ANYWHERE);

/** The length of a piece of a text; with enough signals found, the next is not read. */
const PIECE = 1_024;
/** The most tests per piece, for words and for characters each: a denser text is no language. */
const TRIES = 96;

/** Compiled rules: one look-up per word or character. */
export class Grammar {
  /** The kind of a character: 0, part of a word, or the index of its rules. */
  readonly #kinds = new Uint8Array(256);
  readonly #byCharacter: ByPlace[] = [[], []];
  /** Rules by the hash of their word; the size is a power of two, and most slots are empty. */
  readonly #byHash: ({ word: string; fragments: ByPlace }[] | undefined)[];
  readonly #mask: number;
  /** Signals that make reading the rest of a long text unnecessary. */
  readonly #enough: number;

  /** @param enough A mask of signals. */
  constructor(rules: Iterable<Rule>, enough: number) {
    this.#enough = enough;
    for (let code = 0; code < 256; code++) {
      if (isWordCode(code)) this.#kinds[code] = WORD;
    }
    const byWord = new Map<string, ByPlace>();
    for (const { at, signal, places, pattern } of rules) {
      const isPattern = pattern instanceof RegExp;
      if (isPattern && !pattern.sticky) {
        throw new RangeError(
          `Cannot use a pattern: expected a sticky one, received ${pattern}`,
        );
      }
      const fragment = {
        signal,
        pattern: isPattern ? pattern : null,
        test: isPattern ? null : pattern,
      };
      for (const word of at) {
        const code = word.charCodeAt(0);
        let byPlace: ByPlace;
        if (word.length > 1 || this.#kinds[code] === WORD) {
          byPlace = byWord.get(word) ?? emptyPlaces();
          byWord.set(word, byPlace);
        } else {
          const kind = this.#kinds[code] || this.#byCharacter.length;
          this.#kinds[code] = kind;
          byPlace = this.#byCharacter[kind] ??= emptyPlaces();
        }
        for (let place = 0; place < PLACES; place++) {
          if ((places & 1 << place) !== 0) byPlace[place]!.push(fragment);
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

  /** The signals of all fragments in a folded text that count at its place. */
  find(text: string, place: number): number {
    const kinds = this.#kinds;
    const index = 31 - Math.clz32(place);
    const length = text.length;
    let found = 0;
    let words = TRIES;
    let characters = TRIES;
    let piece = PIECE;
    let kind = 0;
    for (let at = 0; at < length;) {
      if (at >= piece) {
        if ((found & this.#enough) !== 0) return found;
        piece = at + PIECE;
        words = TRIES;
        characters = TRIES;
      }
      const before = kind;
      kind = kindOf(kinds, text.charCodeAt(at));
      if (kind === WORD) {
        const start = at;
        let hash = SEED;
        let code = text.charCodeAt(at);
        do {
          hash = Math.imul(hash ^ code, PRIME);
          code = text.charCodeAt(++at);
        } while (at < length && kindOf(kinds, code) === WORD);
        const slot = this.#byHash[(hash ^ hash >>> 15) & this.#mask];
        if (slot === undefined || words <= 0) continue;
        for (let i = 0; i < slot.length; i++) {
          const { word, fragments } = slot[i]!;
          if (word.length !== at - start || !text.startsWith(word, start)) {
            continue;
          }
          const before = tries;
          found |= tried(fragments[index]!, text, start, found);
          words -= tries - before;
        }
      } else {
        // No fragment begins within a run of the same character
        if (
          kind !== 0 && characters > 0 &&
          (kind !== before || text.charCodeAt(at + 1) !== text.charCodeAt(at))
        ) {
          const fragments = this.#byCharacter[kind]![index]!;
          if (fragments.length > 0) {
            const before = tries;
            found |= tried(fragments, text, at, found);
            characters -= tries - before;
          }
        }
        at++;
      }
    }
    return found;
  }
}

/** Characters of other scripts count as letters. */
function kindOf(kinds: Uint8Array, code: number): number {
  return code < 256 ? kinds[code]! : WORD;
}

function emptyPlaces(): ByPlace {
  return Array.from({ length: PLACES }, () => []);
}

/** The number of tests so far, to limit those of each text. */
let tries = 0;

/** The number of tests so far: the cost of a text as a count, not a time. */
export function triesUntilNow(): number {
  return tries;
}

function tried(
  fragments: readonly Fragment[],
  text: string,
  at: number,
  found: number,
): number {
  for (let i = 0; i < fragments.length; i++) {
    const { signal, pattern, test } = fragments[i]!;
    if ((found & signal) === signal) continue;
    tries++;
    if (pattern === null) {
      if (test!(text, at)) found |= signal;
      continue;
    }
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
