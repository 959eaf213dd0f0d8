/** A text that was made something of, and what. */
interface Known<T> {
  text: string;
  made: T;
}

/** Texts that came last, found without their hash. */
const PLACES = 2_048;

/** What strangers send and is longer than this is not remembered: it would take the memory. */
export const LONGEST_SENT = 1_024;

/**
 * Remembers what was made of texts that come again and again. A text that is kept is copied: a part
 * of a longer one would keep all of that in memory.
 *
 * @param most So many are remembered; then it begins anew.
 * @param longest Longer texts are not.
 */
export function memo<T>(
  make: (text: string) => T,
  most = 8_192,
  longest = Infinity,
): (text: string) => T {
  const all = new Map<string, Known<T>>();
  // To compare a text costs less than its hash, which each line's own text lacks.
  const latest = new Array<Known<T> | undefined>(PLACES).fill(undefined);
  return function remembered(text) {
    if (text.length > longest) return make(text);
    const place = placeOf(text, PLACES);
    const last = latest[place];
    if (last !== undefined && last.text === text) return last.made;
    let known = all.get(text);
    if (known === undefined) {
      // Put together and cut again, it is a text of its own; encoding it would cost ten times that.
      const copy = ` ${text}`.slice(1);
      known = { text: copy, made: make(copy) };
      if (all.size >= most) all.clear();
      all.set(copy, known);
    }
    latest[place] = known;
    return known.made;
  };
}

/**
 * A place for a text among `places`, a power of two, by a few of its characters.
 */
export function placeOf(text: string, places: number): number {
  const { length } = text;
  // Digits differ in few bits, so each has a factor of its own.
  return (Math.imul(length, 31) + Math.imul(text.charCodeAt(length - 1), 257) +
    Math.imul(text.charCodeAt(length - 2), 17) +
    Math.imul(text.charCodeAt(length - 3), 5) +
    Math.imul(text.charCodeAt(length - 4), 67) +
    Math.imul(text.charCodeAt(length - 6), 131) +
    Math.imul(text.charCodeAt(length >> 2), 37) +
    text.charCodeAt(length >> 1)) & (places - 1);
}
