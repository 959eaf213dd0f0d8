/**
 * `when` compiled into one predicate: cheap conditions first, each a closure over prepared sets,
 * masks and globs.
 *
 * @module
 */
import type { Predicate } from "./conditions/condition.ts";
import {
  CONDITION_ROWS,
  type Conditions,
  type When,
} from "./conditions/mod.ts";

/** Conditions that cannot be evaluated, such as fields in a log without them. */
export type Unknowable = (condition: keyof Conditions) => boolean;

const BY_COST = CONDITION_ROWS.toSorted(([, a], [, b]) => a.cost - b.cost);

/**
 * Compiles conditions. Those for which `isUnknown` is true count as met, and within `not` as not
 * met: the resulting count is an upper bound.
 */
export function compileWhen(
  when: When,
  isUnknown: Unknowable = () => false,
): Predicate | null {
  const tests: Predicate[] = [];
  for (const [name, condition] of BY_COST) {
    const value = when[name];
    if (value !== undefined && !isUnknown(name)) {
      tests.push(condition.compile(value));
    }
  }
  for (const each of when.not ?? []) {
    if (Object.keys(each).some((name) => isUnknown(name as keyof Conditions))) {
      continue;
    }
    const isLeftOut = compileWhen(each);
    tests.push(
      isLeftOut === null
        ? () => false
        : (subject, status) => !isLeftOut(subject, status),
    );
  }
  return all(tests);
}

/** Null if every request meets them. */
function all(tests: readonly Predicate[]): Predicate | null {
  const [first, second, third] = tests;
  if (first === undefined) return null;
  if (second === undefined) return first;
  if (third === undefined) {
    return (subject, status) =>
      first(subject, status) && second(subject, status);
  }
  return function meetsAll(subject, status) {
    for (let i = 0; i < tests.length; i++) {
      if (!tests[i]!(subject, status)) return false;
    }
    return true;
  };
}
