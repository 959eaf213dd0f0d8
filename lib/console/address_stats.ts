import { DAY, HOUR, MINUTE } from "../base/duration.ts";
import { AddressSums } from "./address_sums.ts";
import { type ChunkFilter, matchingRows, recordAt } from "../log/log_chunk.ts";
import { requestFilter } from "../log/request_filter.ts";
import type { TimeRange } from "../log/request_query.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { storedChunks } from "../log/stored_chunks.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { ceilTo, floorTo, readMarks } from "../log/rollup/marks.ts";
import type { StoredCounts } from "../log/rollup/stored_counts.ts";
import { readRollups } from "../log/rollup/stored_rollups.ts";
import { stretchesOf } from "../log/rollup/whereabouts.ts";
import type { Counts, TopRow } from "./stats.ts";

/** The result of {@linkcode addressStats}; times as ISO 8601, UTC. */
export interface AddressStats {
  since: string;
  until: string;
  by: "hour" | "day";
  /** Exact from `counted_since` on, like the series and the statuses. */
  totals: Counts;
  series: (Counts & { start: string })[];
  /** By class: `2xx`. */
  statuses: TopRow[];
  first_seen: string | null;
  last_seen: string | null;
  /** Counted over the latest requests only; see `sampled`. */
  top: {
    paths: TopRow[];
    user_agents: TopRow[];
    usernames: TopRow[];
  };
  /** The number of latest requests that `top` covers, and whether these are all. */
  sampled: { requests: number; isAll: boolean };
  /** The time from which every request was counted: later than `since` if time ran out. */
  counted_since: string;
}

/** The parameters of {@linkcode addressStats}. */
export interface AddressQuery {
  /** An address or a range, in any notation. */
  ip: string;
  /** In milliseconds since the epoch: `since` is included, `until` is not. */
  since: number;
  until: number;
  /** @default hourly up to 7 days, daily beyond */
  by?: "hour" | "day";
  /** The number of rows of a top list. @default {10} */
  top?: number;
  /** The minimum number of latest requests that `top` covers. @default {1000} */
  sample?: number;
  /**
   * The time limit, in milliseconds; four times as long while nothing has been found.
   *
   * @default {1000}
   */
  budgetMs?: number;
  /** How addresses are stored. @default {fullAddresses} */
  addresses?: Pick<AddressStorage, "formsOf">;
}

/**
 * The requests of an address, or of the addresses of a range, in a time range. A rare address is
 * looked up in the minutes in which the rollups say that it may occur; the counts of a busy one
 * come from the hourly rollups.
 *
 * @throws {Refusal} 400 if `ip` is neither an address nor a range.
 */
export async function addressStats(
  kv: Deno.Kv,
  query: AddressQuery,
  now: () => number,
): Promise<AddressStats> {
  const { ip, since, until, top = 10, sample = 1_000, budgetMs = 1_000 } =
    query;
  const by = query.by ?? (until - since > 7 * DAY ? "day" : "hour");
  const filter = requestFilter(
    new URLSearchParams({ ip }),
    query.addresses,
  );
  const sums = new AddressSums(since, until, by === "hour" ? HOUR : DAY);
  const started = performance.now();
  // A page without any result is worse than a slow one.
  const isWithin = (ms: number) =>
    performance.now() < started + (sums.totals.requests > 0 ? ms : 4 * ms);
  const hasTime = () => isWithin(budgetMs);
  // Sampling gets half of the time.
  const canSample = () => isWithin(budgetMs / 2);
  const search = { kv, now, filter, hasTime };
  const add = (record: RequestRecord) => sums.add(record);

  // The latest requests first, in growing steps, until the sample is large enough.
  let counted = until;
  for (
    let span = HOUR;
    counted > since && (counted === until || canSample());
    span *= 2
  ) {
    if (sums.totals.requests >= sample) break;
    const from = Math.max(since, floorTo(counted - span, HOUR));
    const sampling = { ...search, hasTime: canSample };
    counted = await each(sampling, { from, to: counted }, add);
  }
  const sampled = sums.totals.requests;
  sums.endSample();

  const rest = { from: since, to: counted };
  if (counted > since && hasTime()) {
    const known = await knownSpans(search, rest, by === "hour" ? HOUR : DAY);
    counted = await each(search, rest, add, (hour) => known.has(hour));
    // A day with a daily rollup that was not reached completely has not been counted.
    const day = floorTo(counted, DAY);
    if (day < counted && known.get(day + HOUR) === null) counted = day + DAY;
    let [first, last] = [Infinity, -Infinity];
    for (const [start, counts] of known) {
      if (start < counted || counts === null) continue;
      sums.addSpan(start, counts);
      first = Math.min(first, start);
      last = Math.max(
        last,
        known.get(start + HOUR) === null ? start + DAY : start + HOUR,
      );
    }
    // Rollups do not give the time within the hour.
    const see = ({ timestamp }: RequestRecord) => sums.see(timestamp);
    for (let hour = first; hour < sums.first && hasTime(); hour += HOUR) {
      await each(search, { from: hour, to: hour + HOUR }, see);
    }
    for (let end = last; end > sums.last && hasTime(); end -= HOUR) {
      await each(search, { from: end - HOUR, to: end }, see);
    }
  }
  const isAll = sampled === sums.totals.requests && counted <= since;
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
    sampled: { requests: sampled, isAll },
    counted_since: iso(counted)!,
  };
}

interface Search {
  kv: Deno.Kv;
  now: () => number;
  filter: ChunkFilter;
  hasTime: () => boolean;
}

/**
 * Passes every record of a time range that matches the filter, roughly the latest first, except
 * those of hours to skip.
 *
 * @returns the start of what was read: `range.from`, or the end of a minute if time ran out.
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
      const { lastMs, chunk } of storedChunks(kv, from, end, now, {
        reverse: true,
      })
    ) {
      const at = floorTo(lastMs, MINUTE);
      // At least one minute is read, even after the deadline; otherwise nothing would ever be read.
      if (minute < Infinity && at < minute && !hasTime()) {
        return Math.min(range.to, Math.max(range.from, at + MINUTE));
      }
      minute = at;
      for (const row of matchingRows(chunk, filter)) {
        const record = recordAt(chunk, row);
        const { timestamp } = record;
        if (timestamp < range.from || timestamp >= range.to) continue;
        // An hour that is written to during the read is read after all.
        if (skips?.(floorTo(timestamp, HOUR))) continue;
        take(record);
      }
    }
  }
  return range.from;
}

/**
 * The exact counts of a single address in whole days and hours whose rollups are valid and list it.
 * Every hour of such a day is in the map, too, with null.
 */
async function knownSpans(
  search: Search,
  range: TimeRange,
  longest: typeof HOUR | typeof DAY,
): Promise<Map<number, StoredCounts | null>> {
  const known = new Map<number, StoredCounts | null>();
  const [ip, ...forms] = [search.filter.names?.ip ?? []].flat();
  // All stored forms would need exact counts.
  if (ip === undefined || ip.includes("/") || forms.length > 0) return known;
  const marks = await readMarks(
    search.kv,
    floorTo(range.from, DAY),
    ceilTo(range.to, DAY),
  );
  const dirtyDays = new Set(
    [...marks.keys()].map((hour) => floorTo(hour, DAY)),
  );
  const find = async (span: "hour" | "day", from: number, to: number) => {
    const length = span === "hour" ? HOUR : DAY;
    const dirty = span === "hour" ? marks : dirtyDays;
    const rollups = readRollups(
      search.kv,
      span,
      ceilTo(from, length),
      floorTo(to, length),
      search.now,
    );
    for await (const { start, through, lists, expires_from } of rollups) {
      if (dirty.has(start) || through < start + length) continue;
      if (expires_from <= search.now()) continue;
      const { names, counts, columns, errors } = lists.addresses;
      const at = names.indexOf(ip);
      if (at < 0 || errors?.[at]) continue;
      for (let hour = start; hour < start + length; hour += HOUR) {
        known.set(hour, null);
      }
      known.set(start, counts.slice(at * columns, (at + 1) * columns));
    }
  };
  if (longest === DAY) await find("day", range.from, range.to);
  // The hours between those days.
  let next = range.from;
  const days = [...known.keys()].filter((start) => start % DAY === 0);
  for (const day of [...days, range.to]) {
    await find("hour", next, day);
    next = day + DAY;
  }
  return known;
}

function iso(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
