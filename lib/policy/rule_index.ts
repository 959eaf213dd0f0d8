import { literalHead } from "./glob.ts";
import type { Rule } from "./rule.ts";

/**
 * Finds the rules that can match by method and by the first segment of the path, so that a request
 * costs what its own rules cost and not what all of them do.
 */
export class RuleIndex<T extends { rule: Rule }> {
  readonly #rules: readonly T[];
  readonly #segments = new Set<string>();
  readonly #methods = new Set<string>();
  /** By method, then by segment; an empty text stands for all that no rule names. */
  readonly #found = new Map<string, Map<string, readonly T[]>>();
  /** The same for requests in which nothing was seen. */
  readonly #quiet = new Map<string, Map<string, readonly T[]>>();

  /** @param rules In the order in which they are asked. */
  constructor(rules: readonly T[]) {
    this.#rules = rules;
    for (const { rule: { when } } of rules) {
      for (const method of when.method ?? []) this.#methods.add(method);
      for (const glob of when.path ?? []) {
        const segment = wholeSegment(glob);
        if (segment !== null) this.#segments.add(segment);
      }
    }
  }

  /** The rules that a request may match, in their order; all signals where none are named. */
  candidates(method: string, path: string, signals = -1): readonly T[] {
    const found = signals === 0 ? this.#quiet : this.#found;
    const end = path.indexOf("/", 1);
    const first = end < 0 ? path.slice(1) : path.slice(1, end);
    const segment = this.#segments.has(first) ? first : "";
    const verb = this.#methods.has(method) ? method : "";
    let bySegment = found.get(verb);
    if (bySegment === undefined) {
      found.set(verb, bySegment = new Map());
    }
    let rules = bySegment.get(segment);
    if (rules === undefined) {
      rules = this.#rules.filter(({ rule: { when } }) =>
        (when.signal === undefined || signals !== 0) &&
        (when.method === undefined || when.method.includes(verb)) &&
        (when.path === undefined ||
          when.path.some((glob) => canBegin(glob, segment)))
      );
      bySegment.set(segment, rules);
    }
    return rules;
  }
}

/** The first segment of all paths that a glob fits; null where they have different ones. */
function wholeSegment(glob: string): string | null {
  const head = literalHead(glob);
  if (!head.startsWith("/")) return null;
  const end = head.indexOf("/", 1);
  if (end >= 0) return head.slice(1, end);
  return head.length === glob.length ? head.slice(1) : null;
}

/** Whether a glob may fit a path of that first segment. */
function canBegin(glob: string, segment: string): boolean {
  const whole = wholeSegment(glob);
  if (whole !== null) return whole === segment;
  if (segment === "") return true;
  const head = literalHead(glob);
  return `/${segment}`.startsWith(head) || head === "";
}
