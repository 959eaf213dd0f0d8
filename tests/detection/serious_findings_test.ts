import { HOUR } from "../../lib/base/duration.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { FindingDraft } from "../../lib/detection/draft.ts";
import type { Finding } from "../../lib/detection/finding.ts";
import { listFindings } from "../../lib/detection/findings.ts";
import { recordFindings } from "../../lib/detection/record_findings.ts";
import { listSerious } from "../../lib/detection/serious_findings.ts";
import { SEVERITIES } from "../../lib/detection/types.ts";
import { HOUR_START } from "./records.ts";

const NOW = HOUR_START + HOUR;
const RULES = ["high_volume", "error_burst"];

/** Many findings, of every severity and two rules. */
function drafts(count: number): FindingDraft[] {
  return Array.from({ length: count }, (_, i) => ({
    rule: RULES[i % 2]!,
    ip_address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
    severity: SEVERITIES[i % 3]!,
    score: i % 5,
    count: 100 + (i % 7),
    first_seen: HOUR_START,
    last_seen: HOUR_START + 1,
    period: HOUR_START,
    evidence: [],
    explanation: "many requests",
  }));
}

async function all(
  list: typeof listSerious | typeof listFindings,
  kv: Deno.Kv,
  filter: Partial<Parameters<typeof listSerious>[1]> = {},
): Promise<Finding[]> {
  const items: Finding[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listFindings>> = await list(kv, {
      limit: 37,
      cursor,
      now: NOW,
      ...filter,
    });
    assert(page.items.length > 0 || page.cursor === null);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return items;
}

Deno.test("serious findings: every one is on one page, the most serious first", async () => {
  using kv = await Deno.openKv(":memory:");
  await recordFindings(kv, drafts(700), NOW);
  const found = await all(listSerious, kv);
  assertEquals(new Set(found.map(({ id }) => id)).size, 700);
  const rank = (f: Finding) =>
    SEVERITIES.indexOf(f.severity) * 1e6 + f.score * 1e4 + f.count;
  for (const [i, finding] of found.entries()) {
    if (i > 0) assert(rank(found[i - 1]!) >= rank(finding));
  }
});

Deno.test("serious findings: filters hold over all of them, in either order", async () => {
  using kv = await Deno.openKv(":memory:");
  const made = drafts(900);
  await recordFindings(kv, made, NOW);
  const filters = [
    { only: "critical" as const },
    { only: "info" as const, rule: "error_burst" },
    { severity: "warning" as const, rule: "high_volume" },
    { active: true, ip: "10.0.1.7" },
    { active: false },
  ];
  for (const filter of filters) {
    const expected = made.filter((draft) =>
      (filter.only === undefined || draft.severity === filter.only) &&
      (filter.rule === undefined || draft.rule === filter.rule) &&
      (filter.severity === undefined || draft.severity !== "info") &&
      (filter.ip === undefined || draft.ip_address === filter.ip) &&
      filter.active !== false
    ).map(({ ip_address }) => ip_address).sort();
    for (const list of [listSerious, listFindings]) {
      const found = (await all(list, kv, filter))
        .map(({ ip_address }) => ip_address).sort();
      assertEquals(found, expected, JSON.stringify(filter));
    }
    const { total } = await listSerious(kv, { limit: 1, now: NOW, ...filter });
    assertEquals(total, expected.length);
  }
});

Deno.test("serious findings: a cursor that is not ours is refused", async () => {
  using kv = await Deno.openKv(":memory:");
  await recordFindings(kv, drafts(4), NOW);
  const { cursor } = await listFindings(kv, { limit: 1, now: NOW });
  const hostile = [
    "x",
    "1_2_3_4",
    "1_2_3_4_short",
    "NaN_2_3_4_aaaaaaaaaaaaaaaa",
    "1_2_3_4_aaaaaaaaaaaaaaaa_",
    "1".repeat(5_000),
    cursor!,
  ];
  for (const cursor of hostile) {
    await assertRejects(
      () => listSerious(kv, { limit: 1, cursor, now: NOW }),
      Refusal,
      "Cannot read cursor",
      cursor,
    );
  }
  const serious = await listSerious(kv, { limit: 1, now: NOW });
  await assertRejects(
    () => listFindings(kv, { limit: 1, cursor: serious.cursor, now: NOW }),
    Refusal,
  );
});
