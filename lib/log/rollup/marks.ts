import { HOUR } from "../../base/duration.ts";
import { keys } from "../../store/keys.ts";

/** A minute that may have chunks which its hour's rollup does not include. */
export interface Mark {
  minute: number;
  versionstamp: string;
  /** It is for an hour of an import with few records. */
  isQuiet: boolean;
}

/** The values of a mark. */
export const MARKED = 1;
export const MARKED_QUIET = 2;

/** The marks of a time range, by the start of their hour, both in order. */
export async function readMarks(
  kv: Deno.Kv,
  from = 0,
  to = Number.MAX_SAFE_INTEGER,
): Promise<Map<number, Mark[]>> {
  const hours = new Map<number, Mark[]>();
  const entries = kv.list({
    start: keys.rollupMark(from),
    end: keys.rollupMark(to),
  }, { batchSize: 1_000 });
  for await (const { key, value, versionstamp } of entries) {
    const minute = key[1] as number;
    const hour = floorTo(minute, HOUR);
    const mark = { minute, versionstamp, isQuiet: value === MARKED_QUIET };
    const marks = hours.get(hour);
    if (marks) marks.push(mark);
    else hours.set(hour, [mark]);
  }
  return hours;
}

/** The start of the `step` that contains a time. */
export function floorTo(time: number, step: number): number {
  return Math.floor(time / step) * step;
}

/** The first start of a `step` that is not before a time. */
export function ceilTo(time: number, step: number): number {
  return Math.ceil(time / step) * step;
}
