import { DAY, HOUR, MINUTE } from "../base/duration.ts";
import {
  type ChunkFilter,
  matchingRows,
  MAX_SPAN_MS,
  recordAt,
} from "../log/log_chunk.ts";
import { chunksBackwards } from "../log/request_query.ts";
import { ceilTo, floorTo } from "../log/rollup/marks.ts";
import type { StatsUnit } from "./stats.ts";
import { TrafficSums } from "./traffic_sums.ts";

/** What {@linkcode readTraffic} is asked for. */
export interface TrafficQuery<By extends StatsUnit = StatsUnit> {
  /** In milliseconds since the epoch: `since` belongs to it, `until` does not. */
  since: number;
  until: number;
  by: By;
  filter: ChunkFilter;
  /** How many rows a top list has. */
  top: number;
  /** How long it may take, in milliseconds. */
  budgetMs: number;
}

/** See {@linkcode readTraffic}. */
export type Traffic<By extends StatsUnit = StatsUnit> =
  & ReturnType<TrafficSums["result"]>
  & {
    since: number;
    until: number;
    by: By;
    /** From when on every request was counted: later than `since` where time ran out. */
    counted_since: number;
    first_seen: number | null;
    last_seen: number | null;
  };

const STEP_MS = { minute: MINUTE, hour: HOUR, day: DAY } as const;

/**
 * Counts the requests of a stretch of time that a filter lets through, the latest first, by reading
 * them: what rollups do not tell apart. It ends within its budget and says how far it came.
 */
export async function readTraffic<By extends StatsUnit>(
  kv: Deno.Kv,
  query: TrafficQuery<By>,
  now: () => number,
): Promise<Traffic<By>> {
  const { since, until, by, filter, top, budgetMs } = query;
  const sums = new TrafficSums(since, until, STEP_MS[by]);
  const end = performance.now() + budgetMs;
  let counted = since;
  let minute = Infinity;
  const range = { from: floorTo(since, MINUTE), to: ceilTo(until, MINUTE) };
  for await (
    const { lastMs, chunk } of chunksBackwards(kv, range, now, filter)
  ) {
    const at = floorTo(lastMs, MINUTE);
    // Between minutes only, so that what was counted is whole.
    if (at < minute && performance.now() > end) {
      counted = Math.max(since, Math.min(until, at + MAX_SPAN_MS));
      break;
    }
    minute = at;
    for (const row of matchingRows(chunk, filter)) {
      const record = recordAt(chunk, row);
      if (record.timestamp >= since && record.timestamp < until) {
        sums.add(record);
      }
    }
  }
  return {
    since,
    until,
    by,
    counted_since: counted,
    first_seen: finite(sums.first),
    last_seen: finite(sums.last),
    ...sums.result(top),
  };
}

function finite(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}
