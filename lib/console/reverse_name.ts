import type { Resolver } from "../bots/resolver.ts";
import { Lru } from "../base/lru.ts";
import { parseIp } from "../net/ip.ts";
import { isPublic } from "../net/special.ts";
import { HOUR, MINUTE } from "../base/duration.ts";

/** What {@linkcode reverseNames} needs. */
export interface ReverseNamesOptions {
  resolver: Pick<Resolver, "reverse">;
  now: () => number;
  /** A page waits no longer for a name, in milliseconds. @default {300} */
  deadlineMs?: number;
}

/** What the DNS says holds for an hour; silence for a minute. */
const ANSWER_MS = HOUR;
const SILENCE_MS = MINUTE;
/** A name's longest form (RFC 1035, section 2.3.4). */
const MAX_LENGTH = 253;

/**
 * Makes the look-up of the name that an address's network gives it. Null where there is none, where
 * nobody answers in time, and for addresses that the DNS outside knows nothing of. Whoever runs the
 * network chooses the name: it proves nothing.
 */
export function reverseNames(
  { resolver, now, deadlineMs = 300 }: ReverseNamesOptions,
): (address: string) => Promise<string | null> {
  const known = new Lru<string, { name: string | null; until: number }>(1_024);

  return async function reverseName(address) {
    const ip = parseIp(address);
    if (!ip || !isPublic(ip)) return null;
    const cached = known.get(address);
    if (cached && cached.until > now()) return cached.name;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), deadlineMs);
    const given = new Promise<never>((_, reject) =>
      controller.signal.addEventListener("abort", () => reject(new Error()))
    );
    let answer = { name: null as string | null, until: now() + SILENCE_MS };
    try {
      const names = await Promise.race([
        resolver.reverse(address, controller.signal),
        given,
      ]);
      const name = names[0]?.replace(/\.$/, "").slice(0, MAX_LENGTH) || null;
      answer = { name, until: now() + ANSWER_MS };
    } catch {
      // The page does without.
    } finally {
      clearTimeout(timer);
    }
    known.set(address, answer);
    return answer.name;
  };
}
