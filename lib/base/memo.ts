/** A text and the value computed from it. */
interface Known<T> {
  text: string;
  made: T;
}

/**
 * Slots for the last texts, which are found without hashing: enough for the few that most requests
 * have in common. With more of them, thousands of texts in turn only miss more slowly.
 */
const PLACES = 64;

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
    const place = placeOf(text);
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

/** A slot for a text among {@linkcode PLACES}, from a few of its characters. */
export function placeOf(text: string): number {
  const { length } = text;
  return (length * 31 + text.charCodeAt(length - 1) * 7 +
    text.charCodeAt(length >> 1)) & (PLACES - 1);
}
