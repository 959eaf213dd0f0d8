import { DAY } from "../base/duration.ts";
import { type Cidr, contains, parseCidr } from "../net/cidr.ts";
import type { Ip } from "../net/ip.ts";
import { keys } from "../store/keys.ts";
import { type Crawler, CRAWLERS } from "./claim.ts";

/** A crawler's ranges as published by its operator. */
export interface PublishedRanges {
  ranges: string[];
  /** When they were fetched, in milliseconds since the epoch. */
  fetched_at: number;
}

/** A list fetched longer ago than this disproves no client. */
const FRESH_MS = 7 * DAY;
/** The shortest prefix and the most ranges of a list: others are wrong or malicious. */
const WIDEST: Record<4 | 6, number> = { 4: 12, 6: 29 };
const MAX_RANGES = 2_000;

/** The ranges of crawlers: those of this release, until later ones are read from the store. */
export class CrawlerRanges {
  readonly #now: () => number;
  readonly #ranges = new Map<string, Cidr[]>();
  readonly #fetchedAt = new Map<string, number>();

  constructor({ now }: { now: () => number }) {
    this.#now = now;
    for (const { name, ranges } of CRAWLERS) {
      this.#ranges.set(name, ranges.map((range) => parseCidr(range)));
    }
  }

  /** Whether an address lies in a crawler's ranges. */
  has({ name }: Crawler, ip: Ip): boolean {
    return this.#ranges.get(name)?.some((range) => contains(range, ip)) ??
      false;
  }

  /** Whether the list is complete and recent, so that other addresses are disproved. */
  isFresh({ name, list }: Crawler): boolean {
    const fetched = this.#fetchedAt.get(name);
    return list !== null && fetched !== undefined &&
      fetched > this.#now() - FRESH_MS;
  }

  /** Applies fetched ranges. */
  use({ name }: Crawler, { ranges, fetched_at }: PublishedRanges): void {
    this.#ranges.set(name, ranges.map((range) => parseCidr(range)));
    this.#fetchedAt.set(name, fetched_at);
  }

  /** Reads the ranges that any process has fetched. */
  async load(kv: Deno.Kv): Promise<void> {
    for (const crawler of CRAWLERS) {
      if (crawler.list === null) continue;
      const { value } = await kv.get<PublishedRanges>(
        keys.crawlerRanges(crawler.name),
      );
      if (value !== null) this.use(crawler, value);
    }
  }
}

/**
 * The ranges in a published list: JSON in Google's format (`prefixes` of `ipv4Prefix` and
 * `ipv6Prefix`), or one range per line.
 *
 * @throws {RangeError} for a list that is empty, too long, or contains impossible ranges.
 */
export function readPublished(text: string): string[] {
  const found = texts(text);
  if (found.length === 0 || found.length > MAX_RANGES) {
    throw new RangeError(
      `Cannot use the published ranges: expected 1 to ${MAX_RANGES}, received ${found.length}`,
    );
  }
  for (const range of found) {
    const { family, prefix } = parseCidr(range, "use");
    if (prefix < WIDEST[family]) {
      throw new RangeError(
        `Cannot use the published range ${range}: expected one of at least /${
          WIDEST[family]
        }`,
      );
    }
  }
  return found;
}

function texts(text: string): string[] {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{")) {
    return trimmed.split(/\s*\n\s*/).filter((line) =>
      line !== "" && !line.startsWith("#")
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    return [];
  }
  const prefixes = (parsed as { prefixes?: unknown }).prefixes;
  if (!Array.isArray(prefixes)) return [];
  return prefixes.flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null) return [];
    const { ipv4Prefix, ipv6Prefix } = each as Record<string, unknown>;
    const range = ipv4Prefix ?? ipv6Prefix;
    return typeof range === "string" ? [range] : [];
  });
}
