import type { RuleSeries } from "../../lib/policy/rule_counts.ts";
import { useNumber } from "../ui/number.tsx";

const WIDTH = 112;
const HEIGHT = 22;
/** The hours per bar. */
const HOURS = 6;

/** The matches of a rule over the last days, as small bars with their number. */
export function RuleGraph(
  { series, days }: { series: RuleSeries | undefined; days: number },
) {
  const number = useNumber();
  if (series === undefined || series.total === 0) {
    return <span class="muted">nothing</span>;
  }
  const bars = barsOf(series.hours);
  const most = Math.max(...bars);
  const width = WIDTH / bars.length;
  const label = `${number(series.total)} in ${days} days, at most ${
    number(most)
  } within ${HOURS} hours`;
  return (
    <span class="rule-graph nowrap">
      <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
        <title>{label}</title>
        {bars.map((count, at) => {
          const height = count === 0
            ? 1
            : Math.max(2, count / most * (HEIGHT - 1));
          return (
            <rect
              key={at}
              class={count === 0 ? "none" : undefined}
              x={(at * width).toFixed(2)}
              y={(HEIGHT - height).toFixed(2)}
              width={(width * 0.75).toFixed(2)}
              height={height.toFixed(2)}
            />
          );
        })}
      </svg>{" "}
      <span aria-hidden="true">{number(series.total)}</span>
    </span>
  );
}

/** The latest hour is in the last bar; the first one may cover fewer hours. */
function barsOf(hours: readonly number[]): number[] {
  const bars: number[] = [];
  for (let end = hours.length; end > 0; end -= HOURS) {
    const part = hours.slice(Math.max(0, end - HOURS), end);
    bars.unshift(part.reduce((sum, count) => sum + count, 0));
  }
  return bars;
}
