/** A text and the value computed from it. */
interface Known<T> {
  text: string;
  made: T;
}

/** The last texts, found without hashing. */
const PLACES = 2_048;

/** Longer texts from clients are not cached, as they could fill the memory. */
export const LONGEST_SENT = 1_024;

/**
 * Caches values computed from recurring texts. A cached text is copied: a substring would keep the
 * whole string in memory.
 *
 * @param most The size at which the cache is cleared.
 * @param longest Longer texts are not cached.
 */
export function memo<T>(
  make: (text: string) => T,
  most = 8_192,
  longest = Infinity,
): (text: string) => T {
  const all = new Map<string, Known<T>>();
  // Comparing a text costs less than hashing it, as each line is a new string.
  const latest = new Array<Known<T> | undefined>(PLACES).fill(undefined);
  return function remembered(text) {
    if (text.length > longest) return make(text);
    const place = placeOf(text, PLACES);
    const last = latest[place];
    if (last !== undefined && last.text === text) return last.made;
    let known = all.get(text);
    if (known === undefined) {
      // Concatenating and slicing makes a separate copy; encoding would cost ten times as much.
      const copy = ` ${text}`.slice(1);
      known = { text: copy, made: make(copy) };
      if (all.size >= most) all.clear();
      all.set(copy, known);
    }
    latest[place] = known;
    return known.made;
  };
}

/** A slot for a text among `places`, a power of two, from a few of its characters. */
export function placeOf(text: string, places: number): number {
  const { length } = text;
  // Digits differ in few bits, so each position has its own factor.
  return (Math.imul(length, 31) + Math.imul(text.charCodeAt(length - 1), 257) +
    Math.imul(text.charCodeAt(length - 2), 17) +
    Math.imul(text.charCodeAt(length - 3), 5) +
    Math.imul(text.charCodeAt(length - 4), 67) +
    Math.imul(text.charCodeAt(length - 6), 131) +
    Math.imul(text.charCodeAt(length >> 2), 37) +
    text.charCodeAt(length >> 1)) & (places - 1);
}
