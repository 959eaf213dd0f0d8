import { Lru } from "../base/lru.ts";
import { isAttackTool } from "./bot_of.ts";
import verifiable from "./verifiable.json" with { type: "json" };

/** A crawler whose operator documents how to verify it. */
export interface Crawler {
  name: string;
  /** The parts of a user agent that name it, in lower case. */
  signs: readonly string[];
  /** The domains of its host names; if empty, only ranges verify it. */
  domains: readonly string[];
  /** The URL of its published ranges. */
  list: string | null;
  /** Its ranges when this release was made. */
  ranges: readonly string[];
}

/** Every crawler that can be verified. */
export const CRAWLERS: readonly Crawler[] = verifiable.crawlers.map(
  ({ ranges, ...crawler }) => ({
    ...crawler,
    ranges: ranges.flatMap((some) => some.split(" ")),
  }),
);

const claims = new Lru<string, Crawler | null>(1_024);
const MAX_LENGTH = 512;

/** The crawler that a user agent claims to be, or null. */
export function claimedCrawler(agent: string | null): Crawler | null {
  if (agent === null || agent === "") return null;
  const text = agent.slice(0, MAX_LENGTH);
  let claimed = claims.get(text);
  if (claimed === undefined) {
    const lower = text.toLowerCase();
    claimed = isAttackTool(text)
      ? null
      : CRAWLERS.find(({ signs }) =>
        signs.some((sign) => lower.includes(sign))
      ) ?? null;
    claims.set(text, claimed);
  }
  return claimed;
}

/** Whether a host name lies in one of a crawler's domains. */
export function belongsTo(
  host: string,
  { domains }: Pick<Crawler, "domains">,
): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return domains.some((domain) => name.endsWith(`.${domain}`));
}
