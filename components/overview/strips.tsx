import type { Counts } from "../../lib/console/stats.ts";
import { Change } from "./card.tsx";
import { Num, useNumber } from "../ui/number.tsx";

const HEIGHT = 44;
const STEP_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

type Step = keyof typeof STEP_MS;
type Bucket = Counts & { start: string };

/** The strips, from the top down: each has a scale of its own, or refusals could not be seen. */
const STRIPS = [
  ["allowed", "let in", ({ allowed, errors }: Counts) => allowed - errors],
  [
    "refused",
    "refused",
    ({ blocked, limited, challenged }: Counts) =>
      blocked + limited + challenged,
  ],
  ["errors", "server errors", ({ errors }: Counts) => errors],
] as const;

/**
 * What was let in, refused and failed over time, one strip each. A bar is a link to its stretch of
 * time; scripts let one drag over several.
 */
export function Strips(
  { series, by, totals, before, period, zoom }: {
    series: Bucket[];
    by: Step;
    totals: Counts;
    /** The same of the period before; null where it is not known. */
    before: Counts | null;
    period: string;
    /** The page from one moment to another. */
    zoom: (since: string, until: string) => string;
  },
) {
  return (
    <div class="strips" data-zoom={zoom("SINCE", "UNTIL")}>
      {STRIPS.map(([kind, words, of]) => (
        <Strip
          key={kind}
          kind={kind}
          words={words}
          of={of}
          {...{ series, by, totals, before, period, zoom }}
        />
      ))}
      <Axis series={series} by={by} />
    </div>
  );
}

function Strip(
  { kind, words, of, series, by, totals, before, period, zoom }:
    & { kind: string; words: string; of: (counts: Counts) => number }
    & Parameters<typeof Strips>[0],
) {
  const number = useNumber();
  const most = Math.max(1, ...series.map(of));
  const sum = Math.max(0, of(totals));
  const peak = Math.max(0, ...series.map(of));
  return (
    <div class={`strip ${kind}`}>
      <div class="strip-words">
        <strong>{words}</strong>{" "}
        <span class="figure">
          <Num value={sum} />
        </span>{" "}
        {before && (
          <span class="muted">
            <Change
              value={sum}
              before={Math.max(0, of(before))}
              period={period}
            />
          </span>
        )}
        {kind === "refused" && sum > 0 && (
          <span class="muted">
            : <Num value={totals.blocked} /> blocked,{" "}
            <Num value={totals.limited} /> limited,{" "}
            <Num value={totals.challenged} /> challenged
          </span>
        )}
      </div>
      <div
        class="strip-bars"
        role="group"
        aria-label={`${words}: ${number(sum)}, at most ${
          number(peak)
        } in one ${by}`}
      >
        {series.map((bucket) => {
          const count = Math.max(0, of(bucket));
          const start = Date.parse(bucket.start);
          const end = new Date(start + STEP_MS[by]).toISOString();
          const text = `${label(bucket.start, by)} UTC: ${
            number(count)
          } ${words}`;
          const height = count === 0 ? 0 : Math.max(2, count / most * HEIGHT);
          return (
            <a
              key={bucket.start}
              href={zoom(bucket.start, end)}
              title={text}
              aria-label={text}
              tabIndex={-1}
              data-start={bucket.start}
              data-end={end}
              aria-current="false"
            >
              <svg width="100%" height={HEIGHT} aria-hidden="true">
                <rect
                  x="8%"
                  width="84%"
                  y={(HEIGHT - height).toFixed(1)}
                  height={height.toFixed(1)}
                />
              </svg>
            </a>
          );
        })}
      </div>
    </div>
  );
}

/** When the strips begin, are halfway, and end. */
function Axis({ series, by }: { series: Bucket[]; by: Step }) {
  const at = [0, Math.floor(series.length / 2), series.length - 1];
  const shown = [...new Set(at)].map((index) => series[index]).filter((one) =>
    one !== undefined
  );
  return (
    <div class="strip-axis muted">
      {shown.map(({ start }) => <span key={start}>{label(start, by)}</span>)}
    </div>
  );
}

function label(start: string, by: Step): string {
  return by === "day"
    ? start.slice(0, 10)
    : start.slice(5, 16).replace("T", " ");
}
