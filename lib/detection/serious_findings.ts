/**
 * Findings by how serious they are, of all there are and not of the latest few.
 *
 * @module
 */
import { cursorOf } from "../base/cursor.ts";
import type { Finding } from "./finding.ts";
import {
  type FindingFilter,
  type IndexEntry,
  matches,
  readFindings,
  readIndex,
} from "./finding_index.ts";
import type { FindingPage } from "./findings.ts";
import { SEVERITIES } from "./types.ts";

/** What {@linkcode listSerious} is asked for. */
export interface SeriousQuery extends FindingFilter {
  limit: number;
  cursor?: string | null;
  /** The time it is, in milliseconds since the epoch. */
  now: number;
}

/** A page, and of how many findings. */
export interface SeriousPage extends FindingPage {
  /** How many findings the filter lets through in all. */
  total: number;
}

/** A place in the order: severity, score, count, time of flagging, all descending, then the id. */
const CURSOR = cursorOf("number", "number", "number", "number", "text");
type Place = Parameters<typeof CURSOR.write>[0];

/**
 * The most serious findings first, by severity, score, count and time. The whole index is gone
 * through for each page, 240,000 entries a second; of the findings only those of the page are read.
 * One that grows between two pages may be on both or on neither.
 *
 * @throws {Refusal} where the cursor is not one of ours.
 */
export async function listSerious(
  kv: Deno.Kv,
  query: SeriousQuery,
): Promise<SeriousPage> {
  const { limit } = query;
  const after = CURSOR.read(query.cursor);
  let total = 0;
  let left = 0;
  let best: Place[] = [];
  const keepBest = () => {
    best = best.sort(compare).slice(0, limit);
  };
  for await (const { key, value } of readIndex(kv)) {
    if (!matches(value, query)) continue;
    total++;
    const place = placeOf(value, key[1] as number, key[2] as string);
    if (after !== null && compare(place, after) <= 0) continue;
    left++;
    best.push(place);
    if (best.length >= 2 * limit + 100) keepBest();
  }
  keepBest();
  const items: Finding[] = [];
  const found = await readFindings(kv, best.map(([, , , , id]) => id));
  for (const { value } of found) {
    // It may have changed since the index was read.
    if (value && matches(value, query)) items.push(value);
  }
  const last = best.at(-1);
  const cursor = last && left > best.length ? CURSOR.write(last) : null;
  return { items, cursor, total };
}

function placeOf(
  { severity, score = 0, count = 0 }: IndexEntry,
  flaggedAt: number,
  id: string,
): Place {
  return [SEVERITIES.indexOf(severity), score, count, flaggedAt, id];
}

function compare(a: Place, b: Place): number {
  return b[0] - a[0] || b[1] - a[1] || b[2] - a[2] || b[3] - a[3] ||
    (a[4] < b[4] ? -1 : a[4] > b[4] ? 1 : 0);
}
