/**
 * The first name that an object of a JSON text has twice, or null. `JSON.parse` silently keeps the
 * last one, other parsers the first: the value that is read could differ from the one that was
 * meant.
 *
 * @param json Valid JSON.
 */
export function repeatedName(json: string): string | null {
  /** Names of the objects that are open; null for an array. */
  const open: (Set<string> | null)[] = [];
  let expectsName = false;
  for (let i = 0; i < json.length; i++) {
    switch (json[i]) {
      case "{":
        open.push(new Set());
        expectsName = true;
        break;
      case "[":
        open.push(null);
        expectsName = false;
        break;
      case "}":
      case "]":
        open.pop();
        expectsName = false;
        break;
      case ",":
        expectsName = open.at(-1) != null;
        break;
      case '"': {
        const from = i;
        for (i++; json[i] !== '"'; i++) if (json[i] === "\\") i++;
        if (!expectsName) break;
        expectsName = false;
        const names = open.at(-1)!;
        // Unescaped: `"\u0066or"` is `"for"`.
        const name = JSON.parse(json.slice(from, i + 1)) as string;
        if (names.has(name)) return name;
        names.add(name);
      }
    }
  }
  return null;
}
