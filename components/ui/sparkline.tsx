import { useNumber } from "./number.tsx";

const HEIGHT = 20;
const WIDTH = 96;
/** More columns are summed in groups. */
const COLUMNS = 24;

/** A small chart of requests over time: refused ones stand out. */
export function Sparkline(
  { series }: { series: { requests: number; allowed: number }[] },
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
  const width = WIDTH / Math.max(1, groups.length);
  const total = groups.reduce((sum, { requests }) => sum + requests, 0);
  return (
    <svg
      class="sparkline"
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`${number(total)} requests over time, at most ${
        number(most)
      }`}
    >
      {groups.map(({ requests, refused }, at) => {
        const height = requests / most * HEIGHT;
        const part = refused / most * HEIGHT;
        const x = (at * width).toFixed(1);
        const bar = Math.max(1, width - 1).toFixed(1);
        return (
          <g key={at}>
            <rect
              x={x}
              width={bar}
              y={(HEIGHT - height).toFixed(1)}
              height={height.toFixed(1)}
            />
            <rect
              class="refused"
              x={x}
              width={bar}
              y={(HEIGHT - part).toFixed(1)}
              height={part.toFixed(1)}
            />
          </g>
        );
      })}
    </svg>
  );
}
