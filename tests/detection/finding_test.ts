import { assertEquals } from "@std/assert";
import { FIRST, LAST, mergeEvidence } from "../../lib/detection/evidence.ts";
import { isSettled } from "../../lib/detection/finding.ts";
import type { Finding } from "../../lib/detection/finding.ts";
import type { FindingDraft } from "../../lib/detection/draft.ts";

Deno.test("isSettled() takes evidence from the very moment of the resolution as seen, and the next as new", () => {
  const resolved = { resolved_at: 1_000 } as Finding;
  const draft = (first_seen: number) => ({ first_seen }) as FindingDraft;
  assertEquals(isSettled(resolved, draft(999)), true);
  assertEquals(isSettled(resolved, draft(1_000)), true);
  assertEquals(isSettled(resolved, draft(1_001)), false);
  assertEquals(isSettled({ resolved_at: null } as Finding, draft(0)), false);
  assertEquals(isSettled(null, draft(0)), false);
});

Deno.test("A finding keeps the first two and the last eight requests: ten, and no more", () => {
  assertEquals([FIRST, LAST], [2, 8]);
  const all = Array.from({ length: 25 }, (_, n) => ({
    timestamp: n,
    method: "GET",
    path: `/${n}`,
    status: 404,
    user_agent: null,
  }));
  const kept = mergeEvidence(all.slice(0, 12), all.slice(12));
  assertEquals(kept.map(({ timestamp }) => timestamp), [
    0,
    1,
    ...[17, 18, 19, 20, 21, 22, 23, 24],
  ]);
});
