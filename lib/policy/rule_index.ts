import { literalHead } from "./glob.ts";
import type { Rule } from "./rule.ts";

/** By segment, then by last character. */
type Segments<T> = Map<string, Map<string, readonly T[]>>;

/**
 * Finds the rules that can match by method, by the first segment of the path and by its last
 * character, so that the cost of a request depends on its own rules and not on all.
 */
export class RuleIndex<T extends { rule: Rule }> {
  readonly #rules: readonly T[];
  readonly #segments = new Set<string>();
  readonly #methods = new Set<string>();
  readonly #ends = new Set<string>();
  /** By method, segment and end; an empty text is for all values that no rule names. */
  readonly #found = new Map<string, Segments<T>>();
  /** The same for requests without signals. */
  readonly #quiet = new Map<string, Segments<T>>();

  /** @param rules In the order of evaluation. */
  constructor(rules: readonly T[]) {
    this.#rules = rules;
    for (const { rule: { when } } of rules) {
      for (const method of when.method ?? []) this.#methods.add(method);
      for (const glob of when.path ?? []) {
        const segment = wholeSegment(glob);
        if (segment !== null) this.#segments.add(segment);
        this.#ends.add(lastOf(glob));
      }
    }
  }

  /** The rules that may match a request, in their order; by default for any signals. */
  candidates(method: string, path: string, signals = -1): readonly T[] {
    const found = signals === 0 ? this.#quiet : this.#found;
    const end = path.indexOf("/", 1);
    const first = end < 0 ? path.slice(1) : path.slice(1, end);
    const segment = this.#segments.has(first) ? first : "";
    const verb = this.#methods.has(method) ? method : "";
    const last = path.charAt(path.length - 1);
    const ending = this.#ends.has(last) ? last : "";
    let bySegment = found.get(verb);
    if (bySegment === undefined) {
      found.set(verb, bySegment = new Map());
    }
    let byEnd = bySegment.get(segment);
    if (byEnd === undefined) {
      bySegment.set(segment, byEnd = new Map());
    }
    let rules = byEnd.get(ending);
    if (rules === undefined) {
      rules = this.#rules.filter(({ rule: { when } }) =>
        (when.signal === undefined || signals !== 0) &&
        (when.method === undefined || when.method.includes(verb)) &&
        (when.path === undefined ||
          when.path.some((glob) =>
            canBegin(glob, segment) && canEnd(glob, ending)
          ))
      );
      byEnd.set(ending, rules);
    }
    return rules;
  }
}

/** The first segment of all paths that a glob matches; null if they differ. */
function wholeSegment(glob: string): string | null {
  const head = literalHead(glob);
  if (!head.startsWith("/")) return null;
  const end = head.indexOf("/", 1);
  if (end >= 0) return head.slice(1, end);
  return head.length === glob.length ? head.slice(1) : null;
}

/** Whether a glob may match a path with that first segment. */
function canBegin(glob: string, segment: string): boolean {
  const whole = wholeSegment(glob);
  if (whole !== null) return whole === segment;
  if (segment === "") return true;
  const head = literalHead(glob);
  return `/${segment}`.startsWith(head) || head === "";
}

/** Whether a glob may match a path with that last character. */
function canEnd(glob: string, ending: string): boolean {
  const last = lastOf(glob);
  return last === "" || last === ending;
}

/** The last character of all paths that a glob matches; empty if they differ. */
function lastOf(glob: string): string {
  return glob.endsWith("*") ? "" : glob.charAt(glob.length - 1);
}
