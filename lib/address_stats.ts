import { AddressSums } from "./address_sums.ts";
import {
  type BlockFilter,
  matchingRows,
  recordAt,
} from "./guard/request_block.ts";
import { requestFilter } from "./guard/request_filter.ts";
import type { TimeRange } from "./guard/request_query.ts";
import type { RequestRecord } from "./guard/request_record.ts";
import { storedBlocks } from "./guard/stored_blocks.ts";
import { ceilTo, floorTo, readMarks } from "./rollup/marks.ts";
import { DAY, HOUR, MINUTE } from "./rollup/rollup.ts";
import { readRollups } from "./rollup/stored_rollups.ts";
import { stretchesOf } from "./rollup/whereabouts.ts";
import type { Counts, TopRow } from "./stats.ts";

/** What {@linkcode addressStats} answers; times as ISO 8601, UTC. */
export interface AddressStats {
  since: string;
  until: string;
  by: "hour" | "day";
  /** Exact from `counted_since` on, as are the series and the statuses. */
  totals: Counts;
  series: (Counts & { start: string })[];
  /** By class: `2xx`. */
  statuses: TopRow[];
  first_seen: string | null;
  last_seen: string | null;
  /** Of the latest requests only; see `sampled`. */
  top: {
    paths: TopRow[];
    user_agents: TopRow[];
    usernames: TopRow[];
  };
  /** From how many of the latest requests `top` was counted, and whether these are all. */
  sampled: { requests: number; isAll: boolean };
  /** From when on every request was counted: later than `since` where time ran out. */
  counted_since: string;
}

/** What {@linkcode addressStats} is asked for. */
export interface AddressQuery {
  /** An address or a range, in any spelling. */
  ip: string;
  /** In milliseconds since the epoch: `since` belongs to it, `until` does not. */
  since: number;
  until: number;
  /** @default by the hour up to 7 days, by the day beyond */
  by?: "hour" | "day";
  /** How many rows a top list has. @default {10} */
  top?: number;
  /** How long it may count, in milliseconds. @default {250} */
  budgetMs?: number;
}

/** Paths, user agents and names are told from at least so many of the latest requests. */
const SAMPLE = 2_000;

/**
 * What an address, or the addresses of a range, did over a stretch of time. A rare one is looked up
 * in the minutes in which rollups say that it may have occurred; an hour's counts of a busy one are
 * in the hour's rollup.
 *
 * @throws {RequestError} 400 where `ip` is neither an address nor a range.
 */
export async function addressStats(
  kv: Deno.Kv,
  query: AddressQuery,
  now: () => number,
): Promise<AddressStats> {
  const { ip, since, until, top = 10, budgetMs = 250 } = query;
  const by = query.by ?? (until - since > 7 * DAY ? "day" : "hour");
  const filter = requestFilter(new URLSearchParams({ ip }));
  const sums = new AddressSums(since, until, by === "hour" ? HOUR : DAY);
  const end = performance.now() + budgetMs;
  const hasTime = () => performance.now() < end;
  const search = { kv, now, filter, hasTime };
  const add = (record: RequestRecord) => sums.add(record);

  // The latest requests first, in ever longer steps, until they make a sample.
  let counted = until;
  for (let span = HOUR; counted > since && hasTime(); span *= 2) {
    if (sums.totals.requests >= SAMPLE) break;
    const from = Math.max(since, floorTo(counted - span, HOUR));
    counted = await each(search, { from, to: counted }, add);
  }
  const sample = sums.totals.requests;
  sums.endSample();

  let first = Infinity;
  if (counted > since && hasTime()) {
    const rest = { from: since, to: counted };
    const known = await knownHours(search, rest);
    counted = await each(search, rest, add, (hour) => known.has(hour));
    for (const [hour, counts] of known) {
      if (hour < counted) continue;
      sums.addHour(hour, counts);
      first = Math.min(first, hour);
    }
  }
  const isAll = sample === sums.totals.requests && counted <= since;
  if (first < sums.first) {
    // When in its hour, the rollup does not say.
    await each(
      { ...search, hasTime: () => true },
      { from: first, to: first + HOUR },
      ({ timestamp }) => {
        sums.first = Math.min(sums.first, timestamp);
      },
    );
  }
  return {
    since: iso(since)!,
    until: iso(until)!,
    by,
    totals: sums.totals,
    series: sums.series(),
    statuses: sums.statuses(),
    first_seen: iso(sums.first),
    last_seen: iso(sums.last),
    top: sums.top(top),
    sampled: { requests: sample, isAll },
    counted_since: iso(counted)!,
  };
}

interface Search {
  kv: Deno.Kv;
  now: () => number;
  filter: BlockFilter;
  hasTime: () => boolean;
}

/**
 * Hands over every record of a stretch of time that the filter lets through, roughly the latest
 * first, but for hours to be skipped.
 *
 * @returns since when it did: `range.from`, or the end of a minute where time ran out.
 */
async function each(
  { kv, now, filter, hasTime }: Search,
  range: TimeRange,
  take: (record: RequestRecord) => void,
  skips?: (hour: number) => boolean,
): Promise<number> {
  let minute = Infinity;
  for await (const { from, to } of stretchesOf(kv, range, filter, skips)) {
    const end = ceilTo(to, MINUTE);
    for await (
      const { lastMs, block } of storedBlocks(kv, from, end, now, {
        reverse: true,
      })
    ) {
      const at = floorTo(lastMs, MINUTE);
      if (at < minute && !hasTime()) {
        return Math.min(range.to, Math.max(range.from, at + MINUTE));
      }
      minute = at;
      for (const row of matchingRows(block, filter)) {
        const record = recordAt(block, row);
        const { timestamp } = record;
        if (timestamp < range.from || timestamp >= range.to) continue;
        // An hour that is written to meanwhile is read after all.
        if (skips?.(floorTo(timestamp, HOUR))) continue;
        take(record);
      }
    }
  }
  return range.from;
}

/** The counts of a single address in whole hours whose rollups hold and list it, exactly. */
async function knownHours(
  { kv, now, filter }: Search,
  range: TimeRange,
): Promise<Map<number, Float64Array>> {
  const known = new Map<number, Float64Array>();
  const ip = filter.names?.ip;
  if (ip === undefined || ip.includes("/")) return known;
  const from = ceilTo(range.from, HOUR);
  const to = floorTo(range.to, HOUR);
  const marks = await readMarks(kv, from, to);
  for await (const rollup of readRollups(kv, "hour", from, to, now)) {
    const { start, through, lists, expires_from } = rollup;
    if (marks.has(start) || through < start + HOUR) continue;
    if (expires_from <= now()) continue;
    const { names, counts, columns, errors } = lists.addresses;
    const at = names.indexOf(ip);
    if (at < 0 || errors?.[at]) continue;
    known.set(start, counts.slice(at * columns, (at + 1) * columns));
  }
  return known;
}

function iso(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
