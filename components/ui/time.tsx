/** A moment: how long ago, and exactly (UTC) on hover. */
export function Time({ at, now }: { at: number; now: number }) {
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={`${iso.slice(0, 19).replace("T", " ")} UTC`}>
      {relative(at - now)}
    </time>
  );
}

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], [
  "s",
  1_000,
]] as const;

/** "3 min ago", "in 2 h", "now". */
export function relative(ms: number): string {
  const span = Math.abs(ms);
  if (span < 1_000) return "now";
  for (const [unit, length] of UNITS) {
    if (span < length) continue;
    const text = `${Math.floor(span / length)} ${unit}`;
    return ms < 0 ? `${text} ago` : `in ${text}`;
  }
  return "now";
}

/** A moment in full, UTC, as tables of records show it. */
export function utc(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
