import type { Rule } from "../rule.ts";
import { claimedCrawler } from "../crawlers.ts";
import { HOUR } from "../types.ts";
import { counted, inTheHour } from "./words.ts";

/** What {@linkcode fakeCrawler} can be told. */
export interface FakeCrawlerOptions {
  /**
   * Whether an address is not what its user agent claims; false where nobody can say.
   *
   * @param last Time of its last such request, in milliseconds since the epoch.
   */
  isFake: (address: string, agent: string, last: number) => Promise<boolean>;
}

/**
 * A search engine's name from an address that is not the search engine's: its name in the DNS, or
 * the way back from that name, says no. Google ("Verifying Googlebot"), Microsoft, Yandex, Baidu
 * and Apple document this check of their crawlers.
 */
export function fakeCrawler({ isFake }: FakeCrawlerOptions): Rule {
  return {
    name: "fake_crawler",
    about:
      "Claims to be a search engine's crawler, but the DNS says that it is not.",
    severity: "warning",
    windowMs: HOUR,
    threshold: 0,
    weight: 1,
    only: { user_agent: (agent) => claimedCrawler(agent) !== null },
    groupBy: (record) => record.ip_address,
    matches: () => true,
    explain: ({ count, window, evidence }) =>
      `${counted(count, "request")} that claim to be ${
        claimedCrawler(evidence.at(-1)?.user_agent ?? null)?.name ??
          "a crawler"
      }, from an address that is not ${inTheHour(window)}`,
    confirm: ({ subject, evidence, last }) =>
      isFake(subject, evidence.at(-1)?.user_agent ?? "", last),
  };
}
