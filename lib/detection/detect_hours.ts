import type { Finding } from "./finding.ts";
import { detectRange, type JobOptions } from "./job.ts";
import { HOUR } from "./types.ts";

/**
 * Judges clock hours (UTC) by their starts, the earliest first, and no others: what an imported log
 * costs follows its records, not the time that they span.
 *
 * @param onHour Called after each hour, for showing progress.
 */
export async function detectHours(
  options: JobOptions,
  hours: readonly number[],
  onHour?: (done: number, all: number) => void,
): Promise<{ flagged: number; findings: Finding[] }> {
  const found = new Map<string, Finding>();
  const starts = [...hours].sort((a, b) => a - b);
  for (const [index, from] of starts.entries()) {
    const { findings } = await detectRange(options, { from, to: from + HOUR });
    for (const finding of findings) found.set(finding.id, finding);
    onHour?.(index + 1, starts.length);
  }
  return { flagged: found.size, findings: [...found.values()] };
}
