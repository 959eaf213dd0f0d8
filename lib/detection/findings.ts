import { cursorOf } from "../base/cursor.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { cutBytes } from "../base/text.ts";
import { type Finding, FINDING_LIFETIME_MS, type Settled } from "./finding.ts";
import {
  type FindingFilter,
  type IndexEntry,
  live,
  matches,
  put,
  readFinding,
  readFindings,
  readIndex,
} from "./finding_index.ts";
import type { Severity } from "./types.ts";

/** A page of findings. */
export interface FindingPage {
  items: Finding[];
  /** Where the next page begins, or null at the end. */
  cursor: string | null;
}

/** The query of {@linkcode listFindings}. */
export interface FindingQuery extends FindingFilter {
  limit: number;
  cursor?: string | null;
  /** The current time, in milliseconds since the epoch. */
  now: number;
}

/**
 * Findings that have not expired, the last flagged first.
 *
 * @throws {Refusal} if the cursor is not one of ours.
 */
export async function listFindings(
  kv: Deno.Kv,
  query: FindingQuery,
): Promise<FindingPage> {
  const items: Finding[] = [];
  let after = CURSOR.read(query.cursor);
  while (true) {
    const found: Place[] = [];
    let more = false;
    const selector = after === null
      ? { prefix: keys.findingsByTime() }
      : { prefix: keys.findingsByTime(), end: keys.findingByTime(...after) };
    const entries = kv.list<IndexEntry>(selector, {
      reverse: true,
      batchSize: 500,
    });
    for await (const { key, value } of entries) {
      if (!matches(value, query)) continue;
      if (items.length + found.length === query.limit) {
        more = true;
        break;
      }
      found.push([key[1] as number, key[2] as string]);
    }
    // A finding may change after its index entry was read: the finding counts, and the loop
    // replaces those that no longer match.
    for (const { value } of await readFindings(kv, found.map(([, id]) => id))) {
      if (value && matches(value, query)) items.push(value);
    }
    after = found.at(-1) ?? after;
    if (!more || after === null) return { items, cursor: null };
    if (items.length >= query.limit) {
      return { items, cursor: CURSOR.write(after) };
    }
  }
}

/** The position of a finding in a list: when it was flagged, and its id. */
const CURSOR = cursorOf("number", "text");
type Place = Parameters<typeof CURSOR.write>[0];

/** The finding with an id, or null. */
export async function getFinding(
  kv: Deno.Kv,
  id: string,
  now: number,
): Promise<Finding | null> {
  return live((await readFinding(kv, id)).value, now);
}

/** Who resolves or reopens a finding, why, and when. */
export interface Resolution {
  by: string;
  why?: string | null;
  /** The decision. @default {"dismissed"} */
  decision?: Settled;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * Resolves a finding, so that evidence up to now does not raise it again, or reopens it, so that
 * the evidence counts again.
 *
 * @returns the changed finding, or null if there is none with that id.
 */
export function setFindingActive(
  kv: Deno.Kv,
  id: string,
  isActive: boolean,
  { by, why, decision = "dismissed", now }: Resolution,
): Promise<Finding | null> {
  return compareAndSet(async () => {
    const entry = await readFinding(kv, id);
    const finding = live(entry.value, now);
    if (finding === null || finding.is_active === isActive) return finding;
    const changed: Finding = {
      ...finding,
      is_active: isActive,
      resolved_by: isActive ? null : cutBytes(by, 128),
      resolved_at: isActive ? null : now,
      resolution: isActive || !why ? null : cutBytes(why, 512),
      decision: isActive ? null : decision,
      updated_at: now,
      expires_at: now + FINDING_LIFETIME_MS,
    };
    const commit = kv.atomic().check(entry);
    put(commit, finding, changed, now);
    return (await commit.commit()).ok ? changed : undefined;
  });
}

/** How many findings are active; with `severity`, only those at least that serious. */
export async function countActive(
  kv: Deno.Kv,
  { severity, now }: { severity?: Severity; now: number },
): Promise<number> {
  let count = 0;
  for await (const { value } of readIndex(kv)) {
    if (matches(value, { active: true, severity, now })) count++;
  }
  return count;
}
