import type { Counts } from "../../lib/console/stats.ts";
import Zoom from "../../islands/zoom.tsx";
import { Change } from "./change.tsx";
import { Num, useNumber } from "../ui/number.tsx";

/** Pixels; horizontally, a bar scales with the page. */
const HEIGHT = 44;
const STEP_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

type Step = keyof typeof STEP_MS;
type Bucket = Counts & { start: string };

/**
 * The strips, from top to bottom: each has its own scale, as refusals would be invisible otherwise.
 */
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
 * The allowed, refused and failed requests over time, one strip each. The bars of one step share a
 * link to their time range; with JavaScript, dragging selects several. A strip is one path, and the
 * links cover all strips, to keep a year of days small.
 */
export function Strips(
  { series, by, totals, before, period, zoom }: {
    series: Bucket[];
    by: Step;
    totals: Counts;
    /** The same for the period before; null if unknown. */
    before: Counts | null;
    period: string;
    /** The URL of the page for a time range. */
    zoom: (since: string, until: string) => string;
  },
) {
  const number = useNumber();
  return (
    <div
      class="strips"
      data-zoom={zoom("SINCE", "UNTIL")}
      data-since={series[0]?.start}
      data-step={STEP_MS[by]}
      data-steps={series.length}
    >
      <div class="stretches">
        {series.map((bucket, at) =>
          bucket.requests === 0 ? <i key={at} /> : (
            <a
              key={at}
              href={zoom(
                shortTime(Date.parse(bucket.start)),
                shortTime(Date.parse(bucket.start) + STEP_MS[by]),
              )}
              title={`${label(bucket.start, by)} UTC: ${
                STRIPS.flatMap(([kind, words, of]) => {
                  const count = Math.max(0, of(bucket));
                  // Zero refusals and zero errors are left out of the titles.
                  return count > 0 || kind === "allowed"
                    ? [`${number(count)} ${words}`]
                    : [];
                }).join(", ")
              }`}
              tabIndex={-1}
            />
          )
        )}
      </div>
      {STRIPS.map(([kind, words, of]) => (
        <Strip
          key={kind}
          kind={kind}
          words={words}
          of={of}
          {...{ series, by, totals, before, period }}
        />
      ))}
      <Axis series={series} by={by} />
      <Zoom />
    </div>
  );
}

function Strip(
  { kind, words, of, series, by, totals, before, period }:
    & { kind: string; words: string; of: (counts: Counts) => number }
    & Omit<Parameters<typeof Strips>[0], "zoom">,
) {
  const number = useNumber();
  const counts = series.map((bucket) => Math.max(0, of(bucket)));
  const peak = Math.max(0, ...counts);
  const sum = Math.max(0, of(totals));
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
      <svg
        class="strip-bars"
        viewBox={`0 0 ${Math.max(1, series.length)} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${words}: ${number(sum)}, at most ${
          number(peak)
        } in one ${by}`}
      >
        <path d={barsPath(counts, peak)} />
      </svg>
    </div>
  );
}

/** All bars of a strip, one unit wide each; every value above zero is visible. */
function barsPath(counts: readonly number[], peak: number): string {
  return counts.map((count, at) => {
    if (count === 0) return "";
    const height = Math.max(2, Math.round(count / peak * HEIGHT));
    return `M${at}.08 ${HEIGHT}V${HEIGHT - height}h.84V${HEIGHT}z`;
  }).join("");
}

/** A time without seconds, as URLs take it. */
function shortTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}

/** The labels for start, middle and end of the strips. */
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
