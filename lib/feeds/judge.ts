import type { FeedReport } from "./feed.ts";

/** A list that shrinks or grows beyond these is not applied automatically. */
const SHRINK = 0.9;
const GROWTH = 10;
const FREE_GROWTH = 10_000;
/**
 * The share of visitors, users, damaged lines or of the internet above which a person has to
 * decide.
 */
const SHARE = 0.05;
/** Damaged lines that any list may have. */
const FEW = 10;
/** Below this number of visitors, shares are not used. */
const MIN_VISITORS = 20;

/**
 * Reasons against applying a list automatically, as sentences: a broken list must not unblock
 * everybody, nor a huge one block everybody.
 *
 * @param before How many entries it had, or null where there was no list.
 */
export function objectionsTo(
  report: FeedReport,
  before: number | null,
): string[] {
  const { entries, damaged, traffic, coverage } = report;
  const found: string[] = [];
  const n = (value: number) => value.toLocaleString("en");
  if (before !== null && entries < before * (1 - SHRINK)) {
    found.push(`It has shrunk from ${n(before)} entries to ${n(entries)}.`);
  }
  if (
    before !== null && entries > Math.max(before * GROWTH, before + FREE_GROWTH)
  ) {
    found.push(`It has grown from ${n(before)} entries to ${n(entries)}.`);
  }
  const lines = damaged + report.found;
  if (damaged > lines / 2 || damaged > Math.max(FEW, lines * SHARE)) {
    found.push(`${n(damaged)} of ${n(lines)} lines are invalid.`);
  }
  for (const family of [4, 6] as const) {
    if (coverage[family] <= SHARE) continue;
    const percent = Math.round(coverage[family] * 100);
    found.push(`It covers ${percent} % of all IPv${family} addresses.`);
  }
  if (traffic) {
    const { visitors, hit_visitors, users, hit_users } = traffic;
    if (visitors >= MIN_VISITORS && hit_visitors > visitors * SHARE) {
      found.push(
        `It would have blocked ${n(hit_visitors)} of the last 7 days' ${
          n(visitors)
        } visitors.`,
      );
    }
    if (hit_users > users * SHARE) {
      found.push(
        `It would have blocked ${n(hit_users)} of the last 7 days' ${
          n(users)
        } signed-in users.`,
      );
    }
  }
  return found;
}
