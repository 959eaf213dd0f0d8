import { HOUR } from "../../base/duration.ts";
import type { Rule } from "../rule.ts";
import { claimedCrawler } from "../../bots/claim.ts";
import type { Verdict } from "../../bots/verify.ts";
import { counted, inTheHour } from "./words.ts";

/** Options of {@linkcode fakeCrawler}. */
export interface FakeCrawlerOptions {
  /** Verifies what the user agent of an address claims. */
  verify: (
    address: string,
    agent: string,
    last: number,
  ) => Promise<Verdict | null>;
}

/**
 * A crawler's user agent from an address that is not the crawler's, according to reverse and
 * forward DNS or the operator's published ranges. Google ("Verifying Googlebot"), Microsoft,
 * Yandex, Baidu and Apple document this check of their crawlers.
 */
export function fakeCrawler({ verify }: FakeCrawlerOptions): Rule {
  return {
    name: "fake_crawler",
    about:
      "Claims to be a known crawler, but DNS or the operator's published ranges disprove it.",
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
    confirm: async ({ subject, evidence, last }) => {
      const agent = evidence.at(-1)?.user_agent ?? "";
      return await verify(subject, agent, last) === "disproved";
    },
  };
}
