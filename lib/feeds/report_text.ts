import type { FeedReport } from "./feed.ts";
import type { SkipKind } from "./read_list.ts";

const SKIPPED: Record<SkipKind, string> = {
  special: "private or reserved",
  wide: "too wide",
  own: "of admins and known users",
  proxy: "of your proxies",
  safelisted: "safelisted",
  ended: "over",
  repeated: "repeated",
};

/** "12 new, 1,400 kept, 3 gone, 20 left out (14 private or reserved, 6 safelisted), 2 damaged lines" */
export function reportSummary(report: FeedReport): string {
  const { changes, damaged } = report;
  const parts = [
    `${n(changes.added)} new`,
    `${n(changes.kept)} kept`,
    `${n(changes.gone)} gone`,
  ];
  if (changes.handed_over > 0) {
    parts.push(`${n(changes.handed_over)} of them kept by another feed`);
  }
  if (changes.others > 0) {
    parts.push(`${n(changes.others)} blocked already by others`);
  }
  const skipped = Object.entries(report.skipped) as [SkipKind, number][];
  if (skipped.length > 0) {
    const all = skipped.reduce((sum, [, count]) => sum + count, 0);
    const why = skipped.map(([kind, count]) => `${n(count)} ${SKIPPED[kind]}`);
    parts.push(`${n(all)} left out (${why.join(", ")})`);
  }
  if (damaged > 0) {
    parts.push(`${n(damaged)} damaged line${damaged === 1 ? "" : "s"}`);
  }
  return parts.join(", ");
}

/** Which visitors the list would have blocked, as a sentence. */
export function trafficSentence({ traffic }: FeedReport): string | null {
  if (!traffic) return null;
  const { hit_visitors, visitors, hit_users, hit_requests, at_least } = traffic;
  const least = at_least ? "at least " : "";
  const whom = hit_requests === 0
    ? "nobody"
    : `${least}${n(hit_visitors)} of ${n(visitors)} visitors with ${
      n(hit_requests)
    } request${hit_requests === 1 ? "" : "s"}` + (hit_users > 0
      ? `, ${n(hit_users)} signed-in user${
        hit_users === 1 ? "" : "s"
      } among them`
      : ", nobody signed in");
  return `Of the allowed visitors of the last 7 days, it would have blocked ${whom}.`;
}

/** All of a report as lines for a terminal; texts from outside are escaped already. */
export function reportLines(report: FeedReport): string[] {
  const lines = [`${n(report.entries)} entries: ${reportSummary(report)}.`];
  const traffic = trafficSentence(report);
  if (traffic) lines.push(traffic);
  for (const { ip, requests } of report.traffic?.top ?? []) {
    lines.push(`  ${ip}: ${n(requests)} request${requests === 1 ? "" : "s"}`);
  }
  if (report.traffic?.note) lines.push(report.traffic.note);
  for (const { ip, why } of report.skipped_samples) {
    lines.push(`  left out ${ip}: ${why}`);
  }
  for (const text of report.damaged_samples) {
    lines.push(`  cannot be read: ${text}`);
  }
  return lines;
}

function n(value: number): string {
  return value.toLocaleString("en");
}
