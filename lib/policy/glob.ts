/**
 * Patterns in which `*` matches any text, including `/` and the empty text, and every other
 * character matches itself. Matching takes time in proportion to the text, whatever the pattern, as
 * clients choose the text.
 *
 * @module
 */

/** Whether a whole text matches a pattern. */
export type Glob = (text: string) => boolean;

/**
 * For short needles, the search compares at most this many characters at each position of the text.
 */
const SHORT = 8;

/**
 * Compiles a pattern.
 *
 * @example
 * ```ts
 * import { compileGlob } from "./glob.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const isPhp = compileGlob("*.php");
 * assertEquals(isPhp("/wp/login.php"), true);
 * assertEquals(isPhp("/login.php5"), false);
 * ```
 */
export function compileGlob(pattern: string): Glob {
  const parts = pattern.split("*");
  const head = parts[0]!;
  if (parts.length === 1) return (text) => text === pattern;
  const tail = parts.at(-1)!;
  const middle = parts.slice(1, -1).filter((part) => part !== "");
  if (middle.length === 0) {
    if (tail === "") {
      return head === "" ? () => true : (text) => text.startsWith(head);
    }
    if (head === "") return (text) => text.endsWith(tail);
    const shortest = head.length + tail.length;
    return (text) =>
      text.length >= shortest && text.startsWith(head) && text.endsWith(tail);
  }
  const finders = middle.map(finder);
  return function glob(text) {
    if (!text.startsWith(head) || !text.endsWith(tail)) return false;
    const end = text.length - tail.length;
    let at = head.length;
    // The first match is as good as any later one.
    for (let i = 0; i < finders.length; i++) {
      const found = finders[i]!(text, at);
      if (found < 0) return false;
      at = found + middle[i]!.length;
      if (at > end) return false;
    }
    return at <= end;
  };
}

/** The literal prefix of all matching texts; the whole pattern if it has no `*`. */
export function literalHead(pattern: string): string {
  const star = pattern.indexOf("*");
  return star < 0 ? pattern : pattern.slice(0, star);
}

/**
 * Whether every text that matches `inner` also matches `outer`. The stars of `inner` are replaced
 * by a character that `outer` cannot contain, so a yes is certain; a no may be wrong.
 */
export function globCovers(outer: string, inner: string): boolean {
  return compileGlob(outer)(inner.replaceAll("*", "\u0000"));
}

function finder(needle: string): (text: string, from: number) => number {
  if (needle.length <= SHORT) return (text, from) => text.indexOf(needle, from);
  // Knuth, Morris, Pratt: `indexOf` may compare the whole needle at every position.
  const back = new Int32Array(needle.length);
  for (let i = 1, k = 0; i < needle.length; i++) {
    while (k > 0 && needle[i] !== needle[k]) k = back[k - 1]!;
    if (needle[i] === needle[k]) k++;
    back[i] = k;
  }
  return function find(text, from) {
    for (let i = from, k = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      while (k > 0 && needle.charCodeAt(k) !== code) k = back[k - 1]!;
      if (needle.charCodeAt(k) === code) k++;
      if (k === needle.length) return i - k + 1;
    }
    return -1;
  };
}
