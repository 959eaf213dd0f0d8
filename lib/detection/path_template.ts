const HEX = /^[\da-f]{8,}$/i;
const UUID = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/gi;
const LONG = /^(?=[^/]*\d)(?=[^/]*[a-z])[\w=+-]{20,}$/i;

/**
 * A path with numbers and identifiers replaced by "#": `/img/1.png` and `/img/2.png` have the same
 * template.
 *
 * @example
 * ```ts
 * import { templateOf } from "./path_template.ts";
 *
 * templateOf("/api/authors/40fa44f7-8633-4e43-aacc-95da0d9e2fc5/image"); // "/api/authors/#/image"
 * ```
 */
export function templateOf(path: string): string {
  if (!/[\d%]/.test(path)) return path.toLowerCase();
  return path.slice(0, 512).replace(UUID, "#").split("/").map((segment) =>
    HEX.test(segment) || LONG.test(segment) ? "#" : segment.replace(/\d+/g, "#")
  ).join("/").toLowerCase();
}
