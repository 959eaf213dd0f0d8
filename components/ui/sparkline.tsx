import { useNumber } from "./number.tsx";

const HEIGHT = 20;
const WIDTH = 96;
/** More columns are summed in groups. */
const COLUMNS = 24;

/** A small chart of requests over time: refused ones stand out. Nothing without requests. */
export function Sparkline(
  { series }: { series: readonly { requests: number; allowed: number }[] },
) {
  const number = useNumber();
  const size = Math.max(1, Math.ceil(series.length / COLUMNS));
  const groups: { requests: number; refused: number }[] = [];
  for (let at = 0; at < series.length; at += size) {
    const some = series.slice(at, at + size);
    const requests = some.reduce((sum, one) => sum + one.requests, 0);
    const allowed = some.reduce((sum, one) => sum + one.allowed, 0);
    groups.push({ requests, refused: requests - allowed });
  }
  const most = Math.max(1, ...groups.map(({ requests }) => requests));
  const total = groups.reduce((sum, { requests }) => sum + requests, 0);
  if (total === 0) return null;
  const refused = groups.map(({ refused }) => refused);
  return (
    <svg
      class="sparkline"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${groups.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${number(total)} requests over time, at most ${
        number(most)
      }`}
    >
      <path d={bars(groups.map(({ requests }) => requests), most)} />
      {refused.some((count) => count > 0) && (
        <path class="refused" d={bars(refused, most)} />
      )}
    </svg>
  );
}

/** One path for all bars, each one unit wide: a page may have many charts. */
function bars(counts: readonly number[], most: number): string {
  return counts.map((count, at) => {
    if (count === 0) return "";
    const height = Math.max(1, Math.round(count / most * HEIGHT));
    return `M${at} ${HEIGHT}v-${height}h.9v${height}z`;
  }).join("");
}
