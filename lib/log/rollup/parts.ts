import { DAY, HOUR, MINUTE } from "../../base/duration.ts";
import type { TimeRange } from "../request_query.ts";
import { storedChunks } from "../stored_chunks.ts";
import { HourTally } from "./hour_tally.ts";
import { ceilTo, floorTo, type Mark, readMarks } from "./marks.ts";
import { BIG_HOUR } from "./count_hours.ts";
import { requestsIn, type Rollup, SLOT_SIZE } from "./rollup.ts";
import { readRollups } from "./stored_rollups.ts";
import { UNCUT } from "./top_list.ts";

/** Counts of a time range that do not overlap with any other part's. */
export interface Part {
  rollup: Rollup;
  /** The time range whose whole slots count. */
  slots: TimeRange;
  /**
   * Which share (0 to 1) of the rollup's requests that is; all counts except the slots are
   * multiplied by it.
   */
  share: number;
  /** False if the slots may lack requests that were logged late. */
  isExact: boolean;
}

/** How finely the parts must be divided. */
export interface PartsOptions {
  /** Maximum length of a slot, in milliseconds: a minute or an hour. */
  slotMs: number;
}

/** Up to this many requests of a partly requested hour are read one by one: some 10 ms. */
const BIG_PART = 10_000;

/**
 * The counts of a time range, from valid rollups, otherwise from the chunks: in a partly requested
 * hour, after the last run of the roller, and if chunks were written since. So the counts are those
 * of the chunks at this moment.
 */
export async function* partsOf(
  kv: Deno.Kv,
  { from, to }: TimeRange,
  now: () => number,
  { slotMs }: PartsOptions,
): AsyncGenerator<Part> {
  // Marks before rollups: a chunk written in between is in neither or in its rollup.
  const marks = await readMarks(kv, floorTo(from, HOUR), ceilTo(to, HOUR));
  const days = slotMs < HOUR ? [] : readRollups(
    kv,
    "day",
    ceilTo(from, DAY),
    floorTo(to, DAY),
    now,
  );
  const dirtyDays = new Set(
    [...marks.keys()].map((hour) => floorTo(hour, DAY)),
  );
  let next = from;
  for await (const rollup of days) {
    if (dirtyDays.has(rollup.start) || rollup.expires_from <= now()) continue;
    yield* hoursOf(kv, { from: next, to: rollup.start }, now, marks);
    yield whole(rollup, DAY);
    next = rollup.start + DAY;
  }
  yield* hoursOf(kv, { from: next, to }, now, marks);
}

function whole(rollup: Rollup, span: number, isExact = true): Part {
  const slots = { from: rollup.start, to: rollup.start + span };
  return { rollup, slots, share: 1, isExact };
}

async function* hoursOf(
  kv: Deno.Kv,
  { from, to }: TimeRange,
  now: () => number,
  marks: Map<number, Mark[]>,
): AsyncGenerator<Part> {
  if (from >= to) return;
  const scan = (from: number, to: number) => scanned(kv, { from, to }, now);
  const rollups = readRollups(
    kv,
    "hour",
    floorTo(from, HOUR),
    to,
    now,
  );
  let next = from;
  for await (const rollup of rollups) {
    const { start, through } = rollup;
    const end = start + HOUR;
    const isBig = requestsIn(rollup.slots) > BIG_HOUR;
    const first = marks.get(start)?.[0]?.minute ?? end;
    const holds = first >= through && rollup.expires_from > now();
    if (!holds && !isBig) continue;
    if (from <= start && to >= through) {
      yield* scan(next, start);
      yield whole(rollup, HOUR, holds);
      next = Math.min(to, end);
      yield* scan(through, next);
      continue;
    }
    // Partly requested.
    const slots = {
      from: ceilTo(Math.max(from, start), MINUTE),
      to: floorTo(Math.min(to, through), MINUTE),
    };
    if (slots.from >= slots.to) continue;
    const inside = requestsBetween(rollup, slots);
    if (inside <= BIG_PART) continue;
    yield* scan(next, slots.from);
    const share = inside / requestsIn(rollup.slots);
    yield { rollup, slots, share, isExact: holds };
    next = slots.to;
  }
  yield* scan(next, to);
}

function requestsBetween(rollup: Rollup, { from, to }: TimeRange): number {
  const at = (time: number) =>
    (time - rollup.start) / rollup.slot_ms * SLOT_SIZE;
  return requestsIn(rollup.slots.subarray(at(from), at(to)));
}

/** The parts of a time range from its chunks, hour by hour. */
async function* scanned(
  kv: Deno.Kv,
  { from, to }: TimeRange,
  now: () => number,
): AsyncGenerator<Part> {
  let tally: HourTally | undefined;
  const flush = function* (): Generator<Part> {
    if (!tally || tally.isEmpty) return;
    yield whole(tally.rollup(tally.start + HOUR, UNCUT), HOUR);
  };
  const chunks = storedChunks(kv, from, ceilTo(to, MINUTE), now);
  for await (const { lastMs, chunk } of chunks) {
    const hour = floorTo(lastMs, HOUR);
    if (tally?.start !== hour) {
      yield* flush();
      tally = new HourTally(hour);
    }
    tally!.add(chunk, from, to);
  }
  yield* flush();
}
