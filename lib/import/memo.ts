/**
 * Remembers what was made of texts that come again and again. A text that is kept is copied: a part
 * of a longer one would keep all of that in memory.
 *
 * @param most So many are remembered; then it begins anew.
 */
export function memo<T>(
  make: (text: string) => T,
  most = 8_192,
): (text: string) => T {
  const known = new Map<string, T>();
  return function remembered(key) {
    const found = known.get(key);
    if (found !== undefined) return found;
    // What is put together and cut again is a text of its own; a fifth of what encoding it costs.
    const copy = ` ${key}`.slice(1);
    const made = make(copy);
    if (known.size >= most) known.clear();
    known.set(copy, made);
    return made;
  };
}
