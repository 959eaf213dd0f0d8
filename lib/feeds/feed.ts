import { Refusal } from "../base/refusal.ts";
import {
  DAY,
  formatDuration,
  HOUR,
  MINUTE,
  parseDuration,
} from "../base/duration.ts";
import { quoted } from "../base/quoted.ts";
import type { ListCounts } from "./read_list.ts";
import type { ListTraffic } from "./traffic.ts";

/** A feed, as it is stored. Times are epoch milliseconds. */
export interface Feed {
  /** Lower case letters, digits and hyphens; its entries' author is `feed:<name>`. */
  name: string;
  /** Null where it was imported from a file. */
  url: string | null;
  /** Null where it is not fetched by itself. */
  every_ms: number | null;
  /** How long its entries are kept without a successful refresh; null: until they are removed. */
  for_ms: number | null;
  created_at: number;
  created_by: string;
  /** What is in force. */
  list: AppliedList | null;
  /** The staged list. */
  staged: StagedList | null;
  last: FeedResult | null;
  /** When it was last fetched successfully. */
  good_at: number | null;
  next_at: number | null;
  /** Failures since then. */
  failures: number;
  /** Its entries are being removed; then it is deleted. */
  removing: boolean;
  /** What the last decision about a list can be taken back to; its parts are kept for that. */
  undo?: FeedUndo | null;
}

/** What stood before a list was applied or discarded by somebody's word, or imported. */
export interface FeedUndo
  extends Pick<Feed, "url" | "for_ms" | "list" | "good_at"> {
  /** What the audit trail calls it. */
  id: string;
  /** The list that was decided about. */
  of: string;
  /** What waited; null where the list was imported. */
  staged: StagedList | null;
}

/** A list that is stored in parts. */
export interface AppliedList {
  /** Which of the feed's parts hold it. */
  id: string;
  entries: number;
  /** Of what was fetched, in hexadecimal. */
  sha256: string;
  etag: string | null;
  last_modified: string | null;
}

/** A list that is not in force yet, or not in full. */
export interface StagedList extends AppliedList {
  at: number;
  /** `applying` is continued after an interruption; `waiting` needs a person's decision. */
  state: "waiting" | "applying";
  /** Why it waits. */
  objections: string[];
  report: FeedReport;
  /** Who had it applied, and from where. */
  by: string;
  from: string | null;
}

/** What a list does to the blocklist. */
export interface FeedChanges {
  added: number;
  kept: number;
  /** How many of the kept were rewritten: with a later expiry, or another reason. */
  renewed: number;
  gone: number;
  /** How many of the removed are kept because another feed lists them. */
  handed_over: number;
  /** Entries already blocked by hand, by a rule or by another feed, which are not changed. */
  others: number;
}

/** All that is known of a list before it is applied. */
export interface FeedReport extends ListCounts {
  entries: number;
  changes: FeedChanges;
  traffic: ListTraffic | null;
}

/** What became of the last refresh. */
export interface FeedResult {
  at: number;
  took_ms: number;
  kind: "applied" | "unchanged" | "held" | "failed" | "discarded";
  /** A sentence. */
  message: string;
  report: FeedReport | null;
}

/** What is asked for in a feed. */
export interface FeedInput {
  name: string;
  url: string;
  /** @default {"24h"} */
  every?: string;
  /** @default {"72h"} */
  for?: string;
}

/** The shortest interval that publishers of lists allow; Spamhaus changes once a day. */
const MIN_EVERY = HOUR;
const MAX_EVERY = 30 * DAY;
const MAX_FOR = 365 * DAY;
const MAX_URL = 2_000;
/** A new feed is fetched when it is added; the job does it if that was interrupted. */
const FIRST_MS = 2 * MINUTE;

/**
 * How many entries of a feed are in force at most: without a refresh all of them end, the last when
 * its whole time is over.
 */
export function entriesInForce(
  { list, good_at, for_ms }: Pick<Feed, "list" | "good_at" | "for_ms">,
  now: number,
): number {
  const isOver = good_at !== null && for_ms !== null && good_at + for_ms <= now;
  return isOver ? 0 : list?.entries ?? 0;
}

/** The author of a feed's entries. */
export function authorOf(name: string): string {
  return `feed:${name}`;
}

/**
 * A feed's name, checked.
 *
 * @throws {Refusal} where it is none.
 */
export function feedName(text: string): string {
  if (!/^[a-z\d](?:[a-z\d-]{0,38}[a-z\d])?$/.test(text)) {
    throw new Refusal(
      "invalid",
      `Cannot name a feed ${
        quoted(text)
      }: expected at most 40 lower case letters, digits and hyphens, such as spamhaus-drop`,
    );
  }
  return text;
}

/**
 * A feed as it was asked for, without a list yet.
 *
 * @throws {Refusal} for a name, URL or duration that cannot be.
 */
export function newFeed(input: FeedInput, by: string, now: number): Feed {
  const every_ms = parseDuration(input.every || "24h");
  const for_ms = parseDuration(input.for || "72h");
  if (every_ms < MIN_EVERY || every_ms > MAX_EVERY) {
    throw new Refusal(
      "invalid",
      `Cannot refresh every ${formatDuration(every_ms)}: expected 1h to 30d`,
    );
  }
  if (for_ms < 2 * every_ms || for_ms > MAX_FOR) {
    throw new Refusal(
      "invalid",
      `Cannot keep entries for ${
        formatDuration(for_ms)
      }: expected at least twice the time between refreshes, so that a failed refresh removes no blocks, and at most 365d`,
    );
  }
  return {
    ...emptyFeed(feedName(input.name), by, now),
    url: feedUrl(input.url),
    every_ms,
    for_ms,
    next_at: now + FIRST_MS,
  };
}

/** An empty feed. */
export function emptyFeed(name: string, by: string, now: number): Feed {
  return {
    name,
    url: null,
    every_ms: null,
    for_ms: null,
    created_at: now,
    created_by: by,
    list: null,
    staged: null,
    last: null,
    good_at: null,
    next_at: null,
    failures: 0,
    removing: false,
  };
}

/**
 * A list's address, checked.
 *
 * @throws {Refusal} where it is none.
 */
export function feedUrl(text: string): string {
  const url = URL.parse(text.trim());
  if (!url || !/^https?:$/.test(url.protocol) || url.href.length > MAX_URL) {
    throw new Refusal(
      "invalid",
      `Cannot fetch ${quoted(text)}: expected an http or https URL`,
    );
  }
  url.hash = "";
  return url.href;
}

/** A list's address as it may be shown: queries and userinfo may contain keys and passwords. */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) return "";
  return `${url.origin}${url.pathname}${url.search ? "?…" : ""}`;
}
