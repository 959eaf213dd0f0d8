import { DeadlineError } from "../base/delay.ts";
import { Lru } from "../base/lru.ts";
import { canonicalIp, parseIp } from "../net/ip.ts";
import { isPublic } from "../net/special.ts";
import { belongsTo, claimedCrawler } from "./crawlers.ts";
import { HOUR } from "./types.ts";

/** The DNS, as far as it takes to tell whose an address is. No such name: an empty list. */
export interface Resolver {
  /** The names of an address. Rejects where nobody answers. */
  reverse(ip: string, signal: AbortSignal): Promise<string[]>;
  /** The addresses of a name. Rejects where nobody answers. */
  forward(name: string, signal: AbortSignal): Promise<string[]>;
  /**
   * Whether it knows the world outside: a closed network's DNS says "no such
   * name" to everything, which must not make a fake of anybody.
   *
   * @default () => Promise.resolve(true)
   */
  knowsOutside?(signal: AbortSignal): Promise<boolean>;
}

/** What {@linkcode crawlerCheck} needs. */
export interface CrawlerCheckOptions {
  resolver: Resolver;
  now: () => number;
  /**
   * For each address, in milliseconds.
   *
   * @default 1,500
   */
  deadlineMs?: number;
}

/** An answer holds for a day; where there was none, it is asked again after ten minutes. */
const ANSWER_MS = 24 * HOUR;
const SILENCE_MS = 10 * 60_000;
/** Whose an address was longer ago than this, today's DNS does not say. */
const STALE_MS = 2 * 24 * HOUR;
const MAX_NAMES = 5;
/** A name that every DNS with a way out knows. */
const WELL_KNOWN = "dns.google";

/**
 * Makes the check that fake_crawler asks: forward-confirmed reverse DNS, with a deadline. Answers
 * are remembered, and where the DNS does not answer, nobody is called a fake.
 */
export function crawlerCheck(
  { resolver, now, deadlineMs = 1_500 }: CrawlerCheckOptions,
): (address: string, agent: string, last: number) => Promise<boolean> {
  const known = new Lru<string, { isFake: boolean; until: number }>(4_096);

  return async function isFake(address, agent, last) {
    const crawler = claimedCrawler(agent);
    const ip = parseIp(address);
    if (!crawler || !ip || !isPublic(ip)) return false;
    if (last < now() - STALE_MS) return false;
    const key = `${crawler.name} ${address}`;
    const cached = known.get(key);
    if (cached && cached.until > now()) return cached.isFake;
    let answer = { isFake: false, until: now() + SILENCE_MS };
    try {
      const genuine = await limited(deadlineMs, async (signal) => {
        const names = await resolver.reverse(address, signal);
        for (const name of names.slice(0, MAX_NAMES)) {
          if (!belongsTo(name, crawler)) continue;
          const back = await resolver.forward(name, signal);
          if (back.some((other) => canonicalIp(other) === address)) return true;
        }
        if (await resolver.knowsOutside?.(signal) === false) {
          throw new Error("The DNS knows nothing outside this network");
        }
        return false;
      });
      answer = { isFake: !genuine, until: now() + ANSWER_MS };
    } catch {
      // No answer: see above.
    }
    known.set(key, answer);
    return answer.isFake;
  };
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

/** The system's resolver. */
export const systemResolver: Resolver = {
  reverse: (ip, signal) => ask(reverseName(ip), "PTR", signal),
  async forward(name, signal) {
    const [v4, v6] = await Promise.all([
      ask(name, "A", signal),
      ask(name, "AAAA", signal),
    ]);
    return [...v4, ...v6];
  },
  async knowsOutside(signal) {
    return (await systemResolver.forward(WELL_KNOWN, signal)).length > 0;
  },
};

async function ask(
  name: string,
  type: "PTR" | "A" | "AAAA",
  signal: AbortSignal,
): Promise<string[]> {
  try {
    return await Deno.resolveDns(name, type, { signal });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The name that the DNS keeps an address under (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseName(text: string): string {
  const ip = parseIp(text);
  if (!ip) throw new TypeError(`Cannot look up "${text}": expected an address`);
  if (ip.family === 4) {
    return `${text.split(".").reverse().join(".")}.in-addr.arpa`;
  }
  const digits = [...ip.words]
    .map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  return `${[...digits].reverse().join(".")}.ip6.arpa`;
}
