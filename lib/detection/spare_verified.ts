import { claimedCrawler } from "../bots/claim.ts";
import type { CrawlerVerifier } from "../bots/verify.ts";
import { type FindingDraft, POINTS } from "./draft.ts";

/** The most drafts to verify, and the time for all of them; the rest counts as unverified. */
const MAX_ASKED = 200;
const ASK_MS = 3_000;
const AT_ONCE = 8;

/**
 * Lowers findings about verified crawlers to info: they visit often, follow old links and guess
 * paths, and a site that blocks them disappears from search engines.
 */
export async function spareVerified(
  drafts: FindingDraft[],
  verify: CrawlerVerifier["check"],
): Promise<void> {
  const verdicts = new Map<string, Promise<string | null>>();
  const until = performance.now() + ASK_MS;
  const open = [...drafts.entries()].filter(([, draft]) =>
    draft.severity !== "info" && agentOf(draft) !== null
  ).slice(0, MAX_ASKED);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (;;) {
      const next = open.shift();
      if (next === undefined || performance.now() > until) return;
      const [at, draft] = next;
      const { ip_address: ip, last_seen } = draft;
      const agent = agentOf(draft)!;
      const key = `${ip} ${agent}`;
      let verdict = verdicts.get(key);
      if (verdict === undefined) {
        verdicts.set(key, verdict = verify(ip, agent, last_seen));
      }
      if (await verdict === "verified") drafts[at] = spared(draft, agent);
    }
  }));
}

/** The user agent, among a finding's evidence, that claims to be a crawler. */
function agentOf({ evidence }: FindingDraft): string | null {
  for (const { user_agent } of evidence) {
    if (claimedCrawler(user_agent) !== null) return user_agent;
  }
  return null;
}

function spared(draft: FindingDraft, agent: string): FindingDraft {
  return {
    ...draft,
    severity: "info",
    score: draft.score / POINTS[draft.severity] * POINTS.info,
    explanation: `${draft.explanation}; verified ${
      claimedCrawler(agent)!.name
    }`,
  };
}
