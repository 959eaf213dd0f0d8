import { parseDuration } from "../base/duration.ts";
import { Refusal } from "../base/refusal.ts";

/** The part of a list that is requested. */
export interface ListQuery {
  limit: number;
  cursor: string | null;
}

/**
 * `limit` (default 50, at most 500) and `cursor` of a query.
 *
 * @throws {Refusal} 400 if the limit is not such a number.
 */
export function listQuery(
  params: URLSearchParams,
  defaultLimit = 50,
): ListQuery {
  const text = params.get("limit");
  const limit = text === null || text === ""
    ? defaultLimit
    : /^\d{1,3}$/.test(text)
    ? Number(text)
    : NaN;
  if (!(limit >= 1 && limit <= 500)) {
    throw new Refusal(
      "malformed",
      `Cannot list "${text}" items: expected a limit from 1 to 500`,
    );
  }
  return { limit, cursor: params.get("cursor") || null };
}

/**
 * A time given in a parameter as ISO 8601, or as an age such as `24h`, in milliseconds since the
 * epoch. A date without a zone is read as UTC.
 *
 * @throws {Refusal} 400 if it is neither.
 */
export function timeParam(
  params: URLSearchParams,
  name: string,
  now: number,
): number | undefined {
  const text = params.get(name);
  if (!text) return undefined;
  const time = parseTime(text) ?? ageOf(text, now);
  if (time === null) {
    throw new Refusal(
      "malformed",
      `Cannot read ${name} "${text}": expected a time such as 2026-01-31T08:00:00Z, or an age such as 24h`,
    );
  }
  return time;
}

function ageOf(text: string, now: number): number | null {
  try {
    return now - parseDuration(text.trim());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return null;
  }
}

/**
 * A parameter with a fixed set of values; the first of them if it is not given.
 *
 * @throws {Refusal} 400 for any other value.
 */
export function wordParam<const W extends string>(
  params: URLSearchParams,
  name: string,
  words: readonly [W, ...W[]],
): W {
  const text = params.get(name);
  if (!text) return words[0];
  const word = words.find((each) => each === text);
  if (word === undefined) {
    throw new Refusal(
      "malformed",
      `Cannot read ${name} "${text}": expected ${words.join(", ")}`,
    );
  }
  return word;
}

/** ISO 8601 to milliseconds since the epoch, UTC if no zone is given; null for anything else. */
export function parseTime(text: string): number | null {
  const shape =
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
  const match = shape.exec(text.trim().replace(" ", "T"));
  if (!match) return null;
  const time = Date.parse(match[1] && !match[4] ? `${match[0]}Z` : match[0]);
  return Number.isFinite(time) && isDay(match[0]) ? time : null;
}

/** Whether the date at the start of a text exists; Date.parse accepts 2026-02-30. */
function isDay(text: string): boolean {
  const day = text.slice(0, 10);
  return new Date(Date.parse(`${day}T00:00Z`)).toISOString().startsWith(day);
}
