/**
 * The path pattern of a file below routes/, with its groups, e.g.
 * `(staff)/users/[id].tsx` is `/(staff)/users/:id`.
 */
export function routePattern(file: string): string {
  const parts = withoutExtension(file).split("/");
  if (parts.at(-1) === "index") parts.pop();
  return "/" + parts.map(partPattern).join("/");
}

/** The path of a special file's folder, e.g. of `admin/_layout.tsx`. */
export function folderPattern(file: string): string {
  return "/" + file.split("/").slice(0, -1).map(partPattern).join("/");
}

/** A file's name without folders and extension. */
export function baseName(file: string): string {
  return withoutExtension(file).split("/").at(-1)!;
}

function withoutExtension(file: string): string {
  return file.replace(/\.[jt]sx?$/, "");
}

function partPattern(part: string): string {
  return part
    .replace(/\[\[(\w+)\]\]/g, ":$1?")
    .replace(/\[\.\.\.(\w+)\]/g, ":$1*")
    .replace(/\[(\w+)\]/g, ":$1");
}

/** Sorts patterns so that static beats `:id` beats `:id?` beats `:rest*`. */
export function comparePatterns(a: string, b: string): number {
  const aParts = a.split("/");
  const bParts = b.split("/");
  for (let i = 0; i < Math.min(aParts.length, bParts.length); i++) {
    const byRank = rank(aParts[i]!) - rank(bParts[i]!);
    if (byRank !== 0) return byRank;
    if (aParts[i]! !== bParts[i]!) return aParts[i]! < bParts[i]! ? -1 : 1;
  }
  return aParts.length - bParts.length;
}

function rank(part: string): number {
  if (part.includes("*") || part.endsWith("+")) return 4;
  if (part.endsWith("?")) return 3;
  if (/^:\w+$/.test(part)) return 2;
  return part.includes(":") ? 1 : 0;
}
