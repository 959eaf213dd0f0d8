import { Refusal } from "../base/refusal.ts";
import { decodePath } from "../base/decode_path.ts";

/**
 * Returns the sensitive path that a request's path equals or lies under, or null.
 *
 * Whole segments count: `/admin/users` lies under `/admin`, `/administrator-guide` does not.
 */
export type SensitivePathMatcher = (path: string) => string | null;

/** Paths that cannot be judged by their first letter alone: with escapes, `//`, `/.`, `/..`. */
const UNUSUAL = /%|\/[/.]/;

/**
 * Compiles `SENSITIVE_PATHS` once, to match many paths. Case, percent-encoding, doubled and
 * trailing slashes and dot segments make no difference; an invalid encoding is left as it is.
 *
 * @throws {Refusal} if an entry is not an absolute path with at least one segment.
 */
export function compileSensitivePaths(
  list: readonly string[],
): SensitivePathMatcher {
  const byFirst = new Map<string, { entry: string; segments: string[] }[]>();
  const initials = new Set<number>();
  for (const path of list) {
    const segments = path.startsWith("/") ? fold(path) : [];
    const first = segments[0];
    if (first === undefined) {
      throw new Refusal(
        "invalid",
        `Cannot watch path "${path}": expected "/" and at least one segment`,
      );
    }
    const entry = `/${segments.join("/")}`;
    byFirst.set(first, [...byFirst.get(first) ?? [], { entry, segments }]);
    initials.add(first.charCodeAt(0));
    initials.add(first.toUpperCase().charCodeAt(0));
  }
  if (byFirst.size === 0) {
    return function neverSensitive() {
      return null;
    };
  }

  return function sensitivePath(path) {
    const initial = path.charCodeAt(1);
    // Outside ASCII, a letter can have more than two cases, so only ASCII is rejected early.
    if (initial < 0x80 && !initials.has(initial) && !UNUSUAL.test(path)) {
      return null;
    }
    const segments = fold(path);
    const candidates = byFirst.get(segments[0] ?? "");
    if (candidates === undefined) return null;
    let best: string | null = null;
    for (const candidate of candidates) {
      if (
        candidate.entry.length > (best?.length ?? 0) &&
        candidate.segments.every((segment, index) =>
          segments[index] === segment
        )
      ) best = candidate.entry;
    }
    return best;
  };
}

function fold(path: string): string[] {
  const segments: string[] = [];
  for (const segment of decodePath(path).toLowerCase().split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") segments.pop();
    else segments.push(segment);
  }
  return segments;
}
