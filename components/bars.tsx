import type { Counts } from "../lib/stats.ts";

/** Pixels; the width is the page's, so everything across is in per cent. */
const PLOT = 160;
const TOP = 14;
const FOOT = 24;
const KINDS = ["allowed", "limited", "blocked"] as const;

type Bucket = Counts & { start: string };

/** Requests over time as stacked bars, with the same numbers as a table. */
export function Bars(
  { series, by }: { series: Bucket[]; by: "hour" | "day" },
) {
  const most = Math.max(0, ...series.map(({ requests }) => requests));
  const total = series.reduce((sum, { requests }) => sum + requests, 0);
  const top = roundUp(most);
  const every = Math.max(1, Math.ceil(series.length / 8));
  return (
    <figure class="chart">
      <ScaleLabels top={top} />
      <svg
        class="bars"
        height={TOP + PLOT + FOOT}
        role="img"
        aria-label={`${total} requests over ${series.length} ${by}s, at most ${most} in one`}
      >
        {[0, 0.5, 1].map((part) => (
          <line
            key={part}
            x1="0"
            x2="100%"
            y1={TOP + PLOT * (1 - part) + 0.5}
            y2={TOP + PLOT * (1 - part) + 0.5}
          />
        ))}
        {series.map((bucket, index) => (
          <Bar
            key={bucket.start}
            bucket={bucket}
            by={by}
            top={top}
            at={index / series.length}
            width={1 / series.length}
          />
        ))}
        {series.map((bucket, index) =>
          index % every === 0 && (
            <text
              key={bucket.start}
              class={index / every % 2 === 1 ? "minor" : undefined}
              x={percent((index + 0.5) / series.length)}
              y={TOP + PLOT + 17}
            >
              {axisLabel(bucket.start, by)}
            </text>
          )
        )}
      </svg>
    </figure>
  );
}

function ScaleLabels({ top }: { top: number }) {
  return (
    <svg class="scale" width="2.5rem" height={TOP + PLOT} aria-hidden="true">
      {[0, 0.5, 1].map((part) => (
        <text key={part} x="100%" y={TOP + PLOT * (1 - part) + 4}>
          {(top * part).toLocaleString("en", { notation: "compact" })}
        </text>
      ))}
    </svg>
  );
}

function Bar(
  { bucket, by, top, at, width }: {
    bucket: Bucket;
    by: "hour" | "day";
    top: number;
    at: number;
    width: number;
  },
) {
  let y = TOP + PLOT;
  return (
    <g>
      <title>{sentence(bucket, by)}</title>
      <rect
        class="hit"
        x={percent(at)}
        y={TOP}
        width={percent(width)}
        height={PLOT}
      />
      {KINDS.map((kind) => {
        const height = bucket[kind] / top * PLOT;
        y -= height;
        return height > 0 && (
          <rect
            key={kind}
            class={kind}
            x={percent(at + width * 0.12)}
            y={y.toFixed(1)}
            width={percent(width * 0.76)}
            height={height.toFixed(1)}
          />
        );
      })}
    </g>
  );
}

/** What the colours of {@linkcode Bars} stand for, and how many of each there are. */
export function BarsLegend({ totals }: { totals: Counts }) {
  return (
    <ul class="legend">
      {KINDS.map((kind) => (
        <li key={kind}>
          <svg class="bars" width="10" height="10" aria-hidden="true">
            <rect class={kind} width="10" height="10" rx="2" />
          </svg>
          {kind} <strong>{totals[kind].toLocaleString("en")}</strong>
        </li>
      ))}
      <li>
        server errors <strong>{totals.errors.toLocaleString("en")}</strong>
      </li>
    </ul>
  );
}

/** The same numbers, latest first, for whoever cannot see or does not trust the bars. */
export function BarsTable(
  { series, by }: { series: Bucket[]; by: "hour" | "day" },
) {
  return (
    <details>
      <summary>The numbers as a table</summary>
      <div
        class="scroll tall"
        tabIndex={0}
        role="region"
        aria-label="Requests over time"
      >
        <table>
          <thead>
            <tr>
              <th scope="col">{by === "hour" ? "Hour" : "Day"} (UTC)</th>
              <th scope="col" class="number">Requests</th>
              {KINDS.map((kind) => (
                <th scope="col" class="number" key={kind}>{kind}</th>
              ))}
              <th scope="col" class="number">server errors</th>
            </tr>
          </thead>
          <tbody>
            {series.toReversed().map((bucket) => (
              <tr key={bucket.start}>
                <th scope="row">{fullLabel(bucket.start, by)}</th>
                <td class="number">{bucket.requests}</td>
                {KINDS.map((kind) => (
                  <td class="number" key={kind}>{bucket[kind]}</td>
                ))}
                <td class="number">{bucket.errors}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function sentence(bucket: Bucket, by: "hour" | "day"): string {
  return `${fullLabel(bucket.start, by)} UTC: ${bucket.requests} requests, ` +
    `${bucket.limited} limited, ${bucket.blocked} blocked`;
}

function fullLabel(start: string, by: "hour" | "day"): string {
  return by === "hour"
    ? start.slice(0, 16).replace("T", " ")
    : start.slice(0, 10);
}

function axisLabel(start: string, by: "hour" | "day"): string {
  return by === "hour" && !start.includes("T00:")
    ? start.slice(11, 16)
    : start.slice(5, 10);
}

function percent(part: number): string {
  return `${(part * 100).toFixed(3)}%`;
}

/** The next of 2, 4, 6, 10, 20, 40, 60, 100, …: their halves are whole. */
function roundUp(most: number): number {
  for (let unit = 1;; unit *= 10) {
    for (const step of [2, 4, 6, 10]) {
      if (step * unit >= most) return step * unit;
    }
  }
}
