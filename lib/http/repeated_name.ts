/**
 * The first name that an object of a JSON text has twice, or null. `JSON.parse` keeps the last one
 * without a word, other readers the first: who reads what was sent, and what was meant, would differ.
 *
 * @param json What `JSON.parse` takes.
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
        // As it is meant: `"\u0066or"` is `"for"`.
        const name = JSON.parse(json.slice(from, i + 1)) as string;
        if (names.has(name)) return name;
        names.add(name);
      }
    }
  }
  return null;
}
