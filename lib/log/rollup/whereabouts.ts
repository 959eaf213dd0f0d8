import { HOUR, MINUTE } from "../../base/duration.ts";
import type { ChunkFilter } from "../log_chunk.ts";
import type { TimeRange } from "../request_query.ts";
import { outcomeNumber } from "../request_record.ts";
import { keys } from "../../store/keys.ts";
import { Bloom } from "./bloom.ts";
import { hash53 } from "./hash.ts";
import type { Field, Whereabouts } from "./hour_tally.ts";
import { ceilTo, floorTo, readMarks } from "./marks.ts";
import {
  EVERY_MINUTE,
  hasMinute,
  inBoth,
  inEither,
  isNever,
  type Minutes,
  NO_MINUTE,
} from "./minutes.ts";

/** Reading a few minutes in vain costs less than another read. */
const SMALL_GAP = 3;

/** Returns for one hour the minutes in which the searched value may occur. */
type Test = { field: Field; minutes: (stored: never) => Minutes };

/**
 * The time ranges, latest first, that contain every record matching a filter: with the statuses,
 * countries, addresses, paths and user names that rollups have of an hour, a search for a rare
 * value skips nearly all of the log. Without a valid rollup, nothing is skipped.
 *
 * @param skips Whether an hour with valid rollups is to be skipped.
 */
export async function* stretchesOf(
  kv: Deno.Kv,
  { from, to }: TimeRange,
  filter: ChunkFilter,
  skips: (hour: number) => boolean = () => false,
): AsyncGenerator<TimeRange> {
  const [first, ...others] = testsOf(filter);
  if (!first || from >= to) {
    if (from < to) yield { from, to };
    return;
  }
  // Before the rollups' data, or a chunk written in between would be in neither.
  const marks = await readMarks(kv, floorTo(from, HOUR), ceilTo(to, HOUR));
  const entries = kv.list({
    start: keys.whereabouts(first.field, floorTo(from, HOUR)),
    end: keys.whereabouts(first.field, to),
  }, { reverse: true, batchSize: 32 });

  // The range that is being built; everything from its end on is done.
  let open: TimeRange | undefined;
  let end = to;
  const add = function* (stretch: TimeRange): Generator<TimeRange> {
    const part = {
      from: Math.max(from, stretch.from),
      to: Math.min(to, stretch.to),
    };
    if (part.from >= part.to) return;
    if (open && open.from - part.to <= SMALL_GAP * MINUTE) {
      open.from = part.from;
      return;
    }
    if (open) yield open;
    open = part;
  };
  for await (const { key, value } of entries) {
    const hour = key[2] as number;
    if (marks.has(hour)) continue;
    yield* add({ from: hour + HOUR, to: end });
    end = hour;
    if (skips(hour)) continue;
    let minutes = first.minutes(value as never);
    for (const test of others) {
      if (isNever(minutes)) break;
      const entry = await kv.get(keys.whereabouts(test.field, hour));
      if (entry.value === null) continue;
      minutes = inBoth(minutes, test.minutes(entry.value as never));
    }
    if (isNever(minutes)) continue;
    for (let minute = 59; minute >= 0; minute--) {
      if (!hasMinute(minutes, minute)) continue;
      const start = hour + minute * MINUTE;
      yield* add({ from: start, to: start + MINUTE });
    }
  }
  yield* add({ from, to: end });
  if (open) yield open;
}

/** The tests that a filter allows, most selective first. */
function testsOf(filter: ChunkFilter): Test[] {
  const tests: Test[] = [];
  const named = (
    field: "ip" | "network" | "path" | "username",
    name?: string | readonly string[],
  ) => {
    if (name === undefined) return;
    const hashes = [name].flat().map(hash53);
    tests.push({
      field,
      minutes: (stored: Whereabouts["ip"]) => {
        const bloom = new Bloom(stored);
        return hashes.reduce(
          (minutes, hash) => inEither(minutes, bloom.minutesOf(hash)),
          NO_MINUTE,
        );
      },
    });
  };
  const ip = filter.names?.ip;
  const isNetwork = typeof ip === "string" && ip.includes("/");
  named(isNetwork ? "network" : "ip", ip);
  named("path", filter.names?.path);
  named("username", filter.names?.username);
  const { country, status, outcome } = filter;
  if (country && !country(null)) {
    tests.push({
      field: "country",
      minutes: ({ codes, minutes }: Whereabouts["country"]) =>
        union(minutes, (i) => country(codes[i]!)),
    });
  }
  if (status || outcome) {
    const wanted = outcome && outcomeNumber(outcome);
    tests.push({
      field: "status",
      minutes: ({ codes, minutes, outcomes }: Whereabouts["status"]) =>
        inBoth(
          status ? union(minutes, (i) => status(codes[i]!)) : EVERY_MINUTE,
          wanted === undefined
            ? EVERY_MINUTE
            : union(outcomes, (i) => i === wanted),
        ),
    });
  }
  return tests;
}

function union(flat: Int32Array, isWanted: (i: number) => boolean): Minutes {
  let minutes = NO_MINUTE;
  for (let i = 0; 2 * i < flat.length; i++) {
    if (!isWanted(i)) continue;
    const each = { low: flat[2 * i]!, high: flat[2 * i + 1]! };
    minutes = inEither(minutes, each);
  }
  return minutes;
}
