import type { Resolver } from "../bots/resolver.ts";
import { Lru } from "../base/lru.ts";
import { parseIp } from "../net/ip.ts";
import { isPublic } from "../net/special.ts";
import { HOUR, MINUTE } from "../base/duration.ts";

/** The dependencies of {@linkcode reverseNames}. */
export interface ReverseNamesOptions {
  resolver: Pick<Resolver, "reverse">;
  now: () => number;
  /** The time limit of a look-up, in milliseconds. @default {300} */
  deadlineMs?: number;
}

/** DNS answers are cached for an hour, timeouts for a minute. */
const ANSWER_MS = HOUR;
const SILENCE_MS = MINUTE;
/** The maximum length of a name (RFC 1035, section 2.3.4). */
const MAX_LENGTH = 253;

/**
 * Creates the reverse DNS look-up. Null if there is no name or no answer in time, and for addresses
 * that public DNS does not know. The network's operator chooses the name: it proves nothing.
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
      // The page is shown without the name.
    } finally {
      clearTimeout(timer);
    }
    known.set(address, answer);
    return answer.name;
  };
}
