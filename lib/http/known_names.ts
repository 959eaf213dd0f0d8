import { nearest } from "../base/nearest.ts";

/**
 * The error for a name that a call does not know, as a sentence with the nearest known one; null if
 * all are known. To ignore such a name silently would change the request's meaning: a block whose
 * `duration` is ignored is permanent.
 */
export function unknownName(
  given: Iterable<string>,
  known: readonly string[],
  kind: "field" | "parameter",
): string | null {
  for (const name of given) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const shown = JSON.stringify(name.slice(0, 64));
    return near === null
      ? `Cannot accept the ${kind} ${shown}: expected none`
      : `Cannot accept the ${kind} ${shown}: the nearest known is "${near}", expected one of ${
        known.join(", ")
      }`;
  }
  return null;
}

/**
 * The error in the names of parameters or form fields, or null: an unknown name, or one that is
 * repeated.
 */
export function paramProblem(
  params: URLSearchParams | FormData,
  known: readonly string[],
  { repeatable = [], kind = "parameter" }: {
    /** Names that may be repeated. */
    repeatable?: readonly string[];
    kind?: "field" | "parameter";
  } = {},
): string | null {
  const problem = unknownName(params.keys(), [...known, ...repeatable], kind);
  if (problem !== null) return problem;
  const seen = new Set<string>();
  for (const name of params.keys()) {
    if (seen.has(name) && !repeatable.includes(name)) {
      return twice(name, kind);
    }
    seen.add(name);
  }
  return null;
}

/** The error for a repeated name: it is unclear which value was meant. */
export function twice(name: string, kind: "field" | "parameter"): string {
  const shown = JSON.stringify(name.slice(0, 64));
  return `Cannot accept the ${kind} ${shown} twice: expected it once`;
}
