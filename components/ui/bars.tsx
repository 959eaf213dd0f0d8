import { Table } from "./table.tsx";
import type { Counts } from "../../lib/console/stats.ts";
import { Num, useNumber } from "./number.tsx";

/** Pixels; the width is the page's, so everything across is in per cent. */
const PLOT = 160;
const TOP = 14;
const FOOT = 24;
/** From the bottom up; what was allowed and then failed stands apart. */
const KINDS = ["allowed", "errors", "limited", "blocked"] as const;
const WORDS = {
  allowed: "allowed",
  errors: "server errors",
  limited: "limited",
  blocked: "blocked",
};

type Step = "minute" | "hour" | "day";
type Bucket = Counts & { start: string };

/** How many requests a bar's part stands for: each counts once. */
function part(counts: Counts, kind: typeof KINDS[number]): number {
  return kind === "allowed"
    ? Math.max(0, counts.allowed - counts.errors)
    : counts[kind];
}

/** Requests over time as stacked bars, with the same numbers as a table. */
export function Bars(
  { series, by }: { series: Bucket[]; by: Step },
) {
  const most = Math.max(0, ...series.map(({ requests }) => requests));
  const total = series.reduce((sum, { requests }) => sum + requests, 0);
  const top = roundUp(most);
  const ticks = ticksOf(series, by);
  const number = useNumber();
  const label = `${number(total)} requests over ${number(series.length)} ` +
    `${by}s, at most ${number(most)} in one`;
  return (
    <figure class="chart">
      <ScaleLabels top={top} />
      <svg
        class="bars"
        height={TOP + PLOT + FOOT}
        role="img"
        aria-label={label}
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
        {ticks.map((index, tick) => {
          const { start } = series[index]!;
          return (
            <text
              key={start}
              class={tick % 2 === 1 ? "minor" : undefined}
              x={percent((index + 0.5) / series.length)}
              y={TOP + PLOT + 17}
            >
              {axisLabel(start, by)}
            </text>
          );
        })}
      </svg>
    </figure>
  );
}

function ScaleLabels({ top }: { top: number }) {
  const number = useNumber();
  return (
    <svg class="scale" width="2.5rem" height={TOP + PLOT} aria-hidden="true">
      {[0, 0.5, 1].map((part) => (
        <text key={part} x="100%" y={TOP + PLOT * (1 - part) + 4}>
          {number(top * part, { notation: "compact" })}
        </text>
      ))}
    </svg>
  );
}

function Bar(
  { bucket, by, top, at, width }: {
    bucket: Bucket;
    by: Step;
    top: number;
    at: number;
    width: number;
  },
) {
  let y = TOP + PLOT;
  const number = useNumber();
  return (
    <g>
      <title>{sentence(bucket, by, number)}</title>
      <rect
        class="hit"
        x={percent(at)}
        y={TOP}
        width={percent(width)}
        height={PLOT}
      />
      {KINDS.map((kind) => {
        const height = part(bucket, kind) / top * PLOT;
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
          {WORDS[kind]}{" "}
          <strong>
            <Num value={part(totals, kind)} />
          </strong>
        </li>
      ))}
    </ul>
  );
}

/** The same numbers, latest first, for whoever cannot see or does not trust the bars. */
export function BarsTable(
  { series, by }: { series: Bucket[]; by: Step },
) {
  return (
    <details>
      <summary>The numbers as a table</summary>
      <Table
        label="Requests over time"
        class="plain"
        isTall
        rows={series.toReversed()}
        keyOf={({ start }) => start}
        columns={[
          {
            header: `${NAMES[by]} (UTC)`,
            isRowHeader: true,
            cell: ({ start }) => fullLabel(start, by),
          },
          {
            header: "Requests",
            class: "number",
            cell: ({ requests }) => <Num value={requests} />,
          },
          ...KINDS.map((kind) => ({
            header: WORDS[kind],
            class: "number",
            cell: (bucket: Bucket) => <Num value={part(bucket, kind)} />,
          })),
        ]}
      />
    </details>
  );
}

/** Which bars have a label: at most eight or so; over several days, those that a day begins with. */
function ticksOf(series: Bucket[], by: Step): number[] {
  const all = [...series.keys()];
  const days = all.filter((index) => series[index]!.start.includes("T00:00"));
  const some = by === "hour" && days.length > 2 ? days : all;
  const every = Math.max(1, Math.ceil(some.length / 8));
  return some.filter((_, at) => at % every === 0);
}

const NAMES = { minute: "Minute", hour: "Hour", day: "Day" } as const;

function sentence(
  bucket: Bucket,
  by: Step,
  number: (value: number) => string,
): string {
  return `${fullLabel(bucket.start, by)} UTC: ` +
    `${number(bucket.requests)} requests, ` +
    `${number(bucket.limited)} limited, ${number(bucket.blocked)} blocked, ` +
    `${number(bucket.errors)} server errors`;
}

function fullLabel(start: string, by: Step): string {
  return by === "day"
    ? start.slice(0, 10)
    : start.slice(0, 16).replace("T", " ");
}

function axisLabel(start: string, by: Step): string {
  return by === "day" || by === "hour" && start.includes("T00:")
    ? start.slice(5, 10)
    : start.slice(11, 16);
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
