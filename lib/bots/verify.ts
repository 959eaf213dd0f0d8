import { HOUR, MINUTE } from "../base/duration.ts";
import { DeadlineError } from "../base/delay.ts";
import { Lru } from "../base/lru.ts";
import { canonicalIp, type Ip, parseIp } from "../net/ip.ts";
import { isPublic } from "../net/special.ts";
import { keys } from "../store/keys.ts";
import { belongsTo, claimedCrawler, type Crawler } from "./claim.ts";
import type { CrawlerRanges } from "./crawler_ranges.ts";
import type { Resolver } from "./resolver.ts";

/** Whether an address belongs to the crawler that its user agent claims to be. */
export type Verdict = "verified" | "disproved" | "unknown";

/** Verifies crawlers by ranges and the DNS. */
export interface CrawlerVerifier {
  /**
   * The verdict known without waiting, by ranges or from the cache. Starts a look-up in the
   * background if there is none. Null: the user agent names no crawler that can be verified.
   */
  peek(ip: string, agent: string | null): Verdict | null;
  /**
   * The verdict after a look-up. Never rejects.
   *
   * @param last Time of the address's last such request, by default now: the current DNS says
   * nothing about long ago.
   */
  check(
    ip: string,
    agent: string | null,
    last?: number,
  ): Promise<Verdict | null>;
}

/** Options of {@linkcode crawlerVerifier}. */
export interface VerifierOptions {
  resolver: Resolver;
  now: () => number;
  ranges: CrawlerRanges;
  /**
   * The store that caches verdicts for all processes; without it, each process has its own cache.
   */
  kv?: Deno.Kv;
  /** The form of an address in `kv`. @default the address */
  nameOf?: (ip: string) => string;
  /**
   * The time limit for each address, in milliseconds.
   *
   * @default 1,500
   */
  deadlineMs?: number;
}

interface Known {
  verdict: Verdict;
  expires_at: number;
}

/**
 * Verdicts are cached for a day; without a DNS response, the look-up is repeated after ten minutes.
 */
const ANSWER_MS = 24 * HOUR;
const SILENCE_MS = 10 * MINUTE;
/** Requests older than this are not verified, as the DNS may have changed. */
const STALE_MS = 2 * 24 * HOUR;
const MAX_NAMES = 5;
/** How many look-ups of {@linkcode CrawlerVerifier.peek} run at once. */
const MAX_PENDING = 16;

/**
 * Makes a verifier of crawlers. An address in the operator's published ranges is verified;
 * otherwise forward-confirmed reverse DNS decides, if the operator documents that. Without a
 * response the verdict is unknown, and an address outside of the ranges is disproved only by a
 * recent and complete list.
 */
export function crawlerVerifier(options: VerifierOptions): CrawlerVerifier {
  const { now, ranges, kv, nameOf = (ip) => ip } = options;
  const memory = new Lru<string, Known>(4_096);
  const pending = new Map<string, Promise<Verdict>>();

  function atOnce(ip: Ip, address: string, crawler: Crawler): Verdict | null {
    if (!isPublic(ip)) return "unknown";
    const inside = ranges.has(crawler, ip);
    if (inside) return "verified";
    const known = memory.get(nameIn(crawler, address));
    if (known !== undefined && known.expires_at > now()) return known.verdict;
    if (crawler.domains.length > 0) return null;
    return ranges.isFresh(crawler) ? "disproved" : "unknown";
  }

  function ask(address: string, crawler: Crawler): Promise<Verdict> {
    const name = nameIn(crawler, address);
    const asked = pending.get(name);
    if (asked) return asked;
    const answer = lookUp(address, crawler).finally(() => pending.delete(name));
    pending.set(name, answer);
    return answer;
  }

  async function lookUp(address: string, crawler: Crawler): Promise<Verdict> {
    const key = keys.crawlerVerdict(crawler.name, nameOf(address));
    const stored = (await kv?.get<Known>(key).catch(() => null))?.value;
    if (stored && stored.expires_at > now()) {
      memory.set(nameIn(crawler, address), stored);
      return stored.verdict;
    }
    const verdict = await byDns(options, address, crawler);
    const holds = verdict === "unknown" ? SILENCE_MS : ANSWER_MS;
    const known = { verdict, expires_at: now() + holds };
    memory.set(nameIn(crawler, address), known);
    if (verdict !== "unknown") {
      await kv?.set(key, known, { expireIn: holds }).catch(() => {});
    }
    return verdict;
  }

  function claim(text: string, agent: string | null) {
    const crawler = claimedCrawler(agent);
    return crawler === null ? null : { crawler, ip: parseIp(text) };
  }

  return {
    peek(text, agent) {
      const claimed = claim(text, agent);
      if (claimed === null) return null;
      if (claimed.ip === null) return "unknown";
      const { crawler, ip } = claimed;
      const known = atOnce(ip, text, crawler);
      if (known !== null) return known;
      if (pending.size < MAX_PENDING) ask(text, crawler).catch(() => {});
      return "unknown";
    },
    async check(text, agent, last = now()) {
      const claimed = claim(text, agent);
      if (claimed === null) return null;
      if (claimed.ip === null) return "unknown";
      const { crawler, ip } = claimed;
      const known = atOnce(ip, text, crawler);
      if (last < now() - STALE_MS) {
        return known === "verified" ? known : "unknown";
      }
      return known ?? await ask(text, crawler).catch((): Verdict => "unknown");
    },
  };
}

function nameIn({ name }: Crawler, address: string): string {
  return `${name} ${address}`;
}

async function byDns(
  { resolver, deadlineMs = 1_500 }: VerifierOptions,
  address: string,
  crawler: Crawler,
): Promise<Verdict> {
  try {
    return await limited(deadlineMs, async (signal): Promise<Verdict> => {
      const names = await resolver.reverse(address, signal);
      for (const name of names.slice(0, MAX_NAMES)) {
        if (!belongsTo(name, crawler)) continue;
        const back = await resolver.forward(name, signal);
        if (back.some((other) => canonicalIp(other) === address)) {
          return "verified";
        }
      }
      const knows = await resolver.knowsOutside?.(signal);
      return knows === false ? "unknown" : "disproved";
    });
  } catch {
    return "unknown";
  }
}

async function limited<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      reject(new DeadlineError(`No answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), expired]);
  } finally {
    clearTimeout(timer!);
  }
}
