import { nearest } from "../base/nearest.ts";

/**
 * What is wrong with a name that a call does not know, as a sentence that names the nearest known
 * one; null where all are known. To drop such a name without a word would be to answer another
 * question than was asked: a block whose `duration` nobody reads is a block for good.
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

/** What is wrong with the names of parameters or of a form's fields, or null: an unknown one, or one that stands twice. */
export function paramProblem(
  params: URLSearchParams | FormData,
  known: readonly string[],
  { repeatable = [], kind = "parameter" }: {
    /** Those that may stand several times. */
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

/** What is said of a name that stands twice: nobody knows which of both was meant. */
export function twice(name: string, kind: "field" | "parameter"): string {
  const shown = JSON.stringify(name.slice(0, 64));
  return `Cannot accept the ${kind} ${shown} twice: expected it once`;
}
