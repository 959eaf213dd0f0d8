import type { Figure } from "./figure.ts";

/**
 * Figures whose goal was met in the last run and is now missed by more than the spread of either
 * run's rounds: a goal once reached must not be lost again.
 */
export function fallen(
  before: readonly Figure[],
  now: readonly Figure[],
): Figure[] {
  const known = new Map(before.map((figure) => [figure.name, figure]));
  return now.filter(({ name, met, goal, median, spread }) => {
    const last = known.get(name);
    if (met !== false || last?.met !== true || goal === undefined) return false;
    return Math.abs(median - goal[1]) > Math.max(spread, last.spread);
  });
}
