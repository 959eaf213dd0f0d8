import type { Counts } from "../lib/stats.ts";

const WIDTH = 960;
const HEIGHT = 180;
const FOOT = 22;
const KINDS = ["allowed", "limited", "blocked"] as const;

/** Requests over time as stacked bars; the same numbers stand in the titles of the bars. */
export function Bars(
  { series, by }: {
    series: (Counts & { start: string })[];
    by: "hour" | "day";
  },
) {
  const most = Math.max(1, ...series.map(({ requests }) => requests));
  const step = WIDTH / Math.max(1, series.length);
  const label = (start: string) =>
    by === "hour" ? start.slice(11, 16) : start.slice(5, 10);
  const every = Math.max(1, Math.ceil(series.length / 12));
  const total = series.reduce((sum, { requests }) => sum + requests, 0);
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${WIDTH} ${HEIGHT + FOOT}`}
      role="img"
      aria-label={`${total} requests over ${series.length} ${by}s, at most ${most} in one`}
    >
      <line x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
      {series.map((counts, index) => {
        let top = HEIGHT;
        return (
          <g key={counts.start}>
            <title>
              {`${
                counts.start.slice(0, 16).replace("T", " ")
              } UTC: ${counts.requests} requests, ` +
                `${counts.limited} limited, ${counts.blocked} blocked`}
            </title>
            {KINDS.map((kind) => {
              const height = counts[kind] / most * (HEIGHT - 12);
              top -= height;
              return height > 0 && (
                <rect
                  key={kind}
                  class={kind}
                  x={(index * step + step * 0.1).toFixed(2)}
                  y={top.toFixed(2)}
                  width={(step * 0.8).toFixed(2)}
                  height={height.toFixed(2)}
                />
              );
            })}
            {index % every === 0 && (
              <text x={(index * step).toFixed(2)} y={HEIGHT + 16}>
                {label(counts.start)}
              </text>
            )}
          </g>
        );
      })}
      <text x="0" y="11">{most}</text>
    </svg>
  );
}
