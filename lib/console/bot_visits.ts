import { type Bot, BOT_CATEGORIES, type BotCategory } from "../bots/bot.ts";
import { botOf } from "../bots/bot_of.ts";
import type { Verdict } from "../bots/verify.ts";
import type { TimeRange } from "../log/request_query.ts";
import { scanViews } from "../log/request_view.ts";

/** The requests of one crawler or tool in a time range, by its user agent. */
export interface BotVisits {
  bot: Bot;
  requests: number;
  refused: number;
  /** Distinct addresses; counting ends at {@linkcode MAX_ADDRESSES}. */
  addresses: number;
  /** How many of the addresses are verified, disproved, or not checked yet. */
  verdicts: Record<Verdict, number>;
  /** The most requested paths, the busiest first. */
  paths: { path: string; requests: number }[];
  last_seen: number;
}

/** See {@linkcode botVisits}. */
export interface BotReport {
  bots: BotVisits[];
  /** The number of requests read, and how many of them were from bots. */
  requests: number;
  of_bots: number;
  /** False if time ran out: the counts are then too low. */
  isWhole: boolean;
  /** The end of what was counted, epoch ms. */
  until: number;
}

/** The requests of a whole category. */
export interface CategoryVisits {
  category: BotCategory;
  requests: number;
  /** The number of names seen. */
  names: number;
}

/** The parameters of {@linkcode botVisits}. */
export interface BotVisitsOptions {
  kv: Deno.Kv;
  range: TimeRange;
  now: () => number;
  /** What is known of an address that uses a crawler's name, without a look-up. */
  verdictOf: (ip: string, userAgent: string | null) => Verdict | null;
  /** The time limit, in milliseconds. */
  budgetMs: number;
  /** Called repeatedly, to yield to other work. */
  pace?: () => Promise<void> | void;
}

/** The limit of distinct addresses or paths per bot. */
export const MAX_ADDRESSES = 10_000;
const MAX_PATHS = 2_000;
const TOP = 3;

/** The clients whose user agents claim to be crawlers or tools, the busiest first. */
export async function botVisits(
  { kv, range, now, verdictOf, budgetMs, pace }: BotVisitsOptions,
): Promise<BotReport> {
  const tallies = new Map<string, Tally>();
  const end = performance.now() + budgetMs;
  let requests = 0;
  let ofBots = 0;
  let isWhole = true;
  let until = range.from;
  for await (const records of scanViews(kv, range, now)) {
    for (const record of records) {
      requests++;
      until = Math.max(until, record.timestamp);
      const bot = botOf(record.user_agent);
      if (bot === null) continue;
      ofBots++;
      let tally = tallies.get(bot.name);
      if (tally === undefined) tallies.set(bot.name, tally = newTally(bot));
      tally.requests++;
      if (record.outcome !== "allowed") tally.refused++;
      tally.last = Math.max(tally.last, record.timestamp);
      countIn(tally.paths, record.path, MAX_PATHS);
      const { ip_address, user_agent } = record;
      if (
        !tally.addresses.has(ip_address) &&
        tally.addresses.size < MAX_ADDRESSES
      ) tally.addresses.set(ip_address, verdictOf(ip_address, user_agent));
    }
    const turn = pace?.();
    if (turn) await turn;
    if (performance.now() > end) {
      isWhole = false;
      break;
    }
  }
  const bots = [...tallies.values()].map(shown)
    .sort((a, b) => b.requests - a.requests);
  return {
    ...{ bots, requests, of_bots: ofBots, isWhole },
    until: isWhole ? range.to : until,
  };
}

/** The same by category, complete, the busiest first. */
export function byCategory(bots: readonly BotVisits[]): CategoryVisits[] {
  return BOT_CATEGORIES.map((category) => {
    const all = bots.filter(({ bot }) => bot.category === category);
    const requests = all.reduce((sum, visits) => sum + visits.requests, 0);
    return { category, requests, names: all.length };
  }).sort((a, b) => b.requests - a.requests);
}

interface Tally {
  bot: Bot;
  requests: number;
  refused: number;
  last: number;
  addresses: Map<string, Verdict | null>;
  paths: Map<string, number>;
}

function newTally({ name, category }: Bot): Tally {
  return {
    bot: { name, category },
    requests: 0,
    refused: 0,
    last: 0,
    addresses: new Map(),
    paths: new Map(),
  };
}

function countIn(counts: Map<string, number>, name: string, max: number): void {
  const count = counts.get(name);
  if (count === undefined && counts.size >= max) return;
  counts.set(name, (count ?? 0) + 1);
}

function shown({ bot, requests, refused, last, ...tally }: Tally): BotVisits {
  const verdicts = { verified: 0, disproved: 0, unknown: 0 };
  for (const verdict of tally.addresses.values()) {
    verdicts[verdict ?? "unknown"]++;
  }
  const paths = [...tally.paths]
    .sort((a, b) => b[1] - a[1])
    .slice(0, TOP)
    .map(([path, requests]) => ({ path, requests }));
  return {
    bot,
    requests,
    refused,
    addresses: tally.addresses.size,
    verdicts,
    paths,
    last_seen: last,
  };
}
