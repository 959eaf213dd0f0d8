import { DAY, HOUR, MINUTE } from "../base/duration.ts";
import {
  type ChunkFilter,
  matchingRows,
  MAX_SPAN_MS,
  recordAt,
} from "../log/log_chunk.ts";
import { chunksBackwards } from "../log/request_query.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { ceilTo, floorTo } from "../log/rollup/marks.ts";
import type { StatsUnit } from "./stats.ts";
import { TrafficSums } from "./traffic_sums.ts";

/** The parameters of {@linkcode readTraffic}. */
export interface TrafficQuery<By extends StatsUnit = StatsUnit> {
  /** In milliseconds since the epoch: `since` is included, `until` is not. */
  since: number;
  until: number;
  by: By;
  filter: ChunkFilter;
  /** The number of rows of a top list. */
  top: number;
  /** The time limit, in milliseconds. */
  budgetMs: number;
  /** Called with each counted request. */
  onRecord?: (record: RequestRecord) => void;
}

/** See {@linkcode readTraffic}. */
export type Traffic<By extends StatsUnit = StatsUnit> =
  & ReturnType<TrafficSums["result"]>
  & {
    since: number;
    until: number;
    by: By;
    /** The time from which every request was counted: later than `since` if time ran out. */
    counted_since: number;
    first_seen: number | null;
    last_seen: number | null;
  };

const STEP_MS = { minute: MINUTE, hour: HOUR, day: DAY } as const;

/**
 * Counts the requests of a time range that match a filter, the latest first, by reading them: for
 * what rollups do not distinguish. It ends within its time limit and returns how far it got.
 */
export async function readTraffic<By extends StatsUnit>(
  kv: Deno.Kv,
  query: TrafficQuery<By>,
  now: () => number,
): Promise<Traffic<By>> {
  const { since, until, by, filter, top, budgetMs, onRecord } = query;
  const sums = new TrafficSums(since, until, STEP_MS[by]);
  const end = performance.now() + budgetMs;
  let counted = since;
  let minute = Infinity;
  const range = { from: floorTo(since, MINUTE), to: ceilTo(until, MINUTE) };
  for await (
    const { lastMs, chunk } of chunksBackwards(kv, range, now, filter)
  ) {
    const at = floorTo(lastMs, MINUTE);
    // Stops only between minutes, so that every counted minute is complete.
    if (at < minute && performance.now() > end) {
      counted = Math.max(since, Math.min(until, at + MAX_SPAN_MS));
      break;
    }
    minute = at;
    for (const row of matchingRows(chunk, filter)) {
      const record = recordAt(chunk, row);
      if (record.timestamp >= since && record.timestamp < until) {
        sums.add(record);
        onRecord?.(record);
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
