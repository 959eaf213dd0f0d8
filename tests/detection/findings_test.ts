import { HOUR } from "../../lib/base/duration.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { FindingDraft } from "../../lib/detection/draft.ts";
import { findingIds, mergeFinding } from "../../lib/detection/finding.ts";
import {
  countActive,
  getFinding,
  listFindings,
  setFindingActive,
} from "../../lib/detection/findings.ts";
import { recordFindings } from "../../lib/detection/record_findings.ts";
import { readStanding } from "../../lib/detection/standing.ts";
import { withFaults } from "../_fake_kv.ts";
import { HOUR_START, tempKv } from "./records.ts";

const NOW = HOUR_START + HOUR;
const DAY = 24 * HOUR;

/** Findings from the `hour`th hour on, of `count` requests. */
function draft(fields: Partial<FindingDraft> & { hour?: number } = {}) {
  const { hour = 0, ...rest } = fields;
  const period = HOUR_START + hour * HOUR;
  return {
    rule: "high_volume",
    ip_address: "203.0.113.9",
    severity: "warning",
    score: 3,
    count: 101,
    first_seen: period + 1_000,
    last_seen: period + 2_000,
    period,
    evidence: [1_000, 2_000].map((offset) => ({
      timestamp: period + offset,
      method: "GET",
      path: "/",
      status: 200,
      user_agent: "test",
    })),
    explanation: `${rest.count ?? 101} requests`,
    ...rest,
  } satisfies FindingDraft;
}

function idOf(item: FindingDraft): string {
  return findingIds([item])[0]!;
}

async function everything(kv: Deno.Kv): Promise<unknown[]> {
  const entries = await Array.fromAsync(kv.list({ prefix: [] }));
  return entries.map(({ key, value, versionstamp }) => [
    key,
    value,
    versionstamp,
  ]);
}

Deno.test("findings: an id is short, URL-safe and of rule and address", () => {
  const drafts = [
    draft(),
    draft({ ip_address: "2001:db8::1" }),
    draft({ rule: "sensitive_path" }),
    draft({ count: 999, hour: 5 }),
  ];
  const ids = findingIds(drafts);
  for (const id of ids) assertEquals(/^[\w-]{16}$/.test(id), true, id);
  assertEquals(new Set(ids).size, 3);
  assertEquals(ids[0], ids[3]);
});

Deno.test("findings: the same hour recorded twice changes nothing", async () => {
  using kv = await Deno.openKv(":memory:");
  const first = await recordFindings(kv, [draft()], NOW);
  assertEquals([first.raised, first.updated, first.findings.length], [1, 0, 1]);
  const stored = await everything(kv);
  const second = await recordFindings(kv, [draft()], NOW + 5_000);
  assertEquals(
    [second.raised, second.updated, second.findings.length],
    [0, 0, 1],
  );
  assertEquals(await everything(kv), stored);
});

Deno.test("findings: a repeat updates count and times instead of adding a row", async () => {
  using kv = await Deno.openKv(":memory:");
  await recordFindings(kv, [draft()], NOW);
  const worse = draft({ hour: 3, count: 500 });
  const { raised, updated } = await recordFindings(kv, [worse], NOW + 3 * HOUR);
  assertEquals([raised, updated], [0, 1]);
  const { items } = await listFindings(kv, { limit: 10, now: NOW });
  assertEquals(items.length, 1);
  const [finding] = items;
  assertEquals(finding!.count, 500);
  assertEquals(finding!.explanation, "500 requests");
  assertEquals(finding!.windows, [HOUR_START, HOUR_START + 3 * HOUR]);
  assertEquals(finding!.first_seen, HOUR_START + 1_000);
  assertEquals(finding!.last_seen, HOUR_START + 3 * HOUR + 2_000);
  assertEquals(finding!.flagged_at, NOW);
  assertEquals(finding!.updated_at, NOW + 3 * HOUR);
  assertEquals(finding!.evidence.length, 4);
});

Deno.test("findings: the order in which hours come in makes no difference", () => {
  const anyDraft = fc.record({
    hour: fc.integer({ min: 0, max: 60 }),
    count: fc.integer({ min: 101, max: 110 }),
  }).map(({ hour, count }) => draft({ hour, count }));
  const id = idOf(draft());
  const merge = (drafts: FindingDraft[]) => {
    const finding = drafts.reduce<ReturnType<typeof mergeFinding> | null>(
      (stored, item) => mergeFinding(stored, item, id, NOW),
      null,
    )!;
    // Of two equally bad hours, the first one stored sets the sentence.
    return { ...finding, explanation: "" };
  };
  const some = fc.array(anyDraft, { minLength: 1, maxLength: 70 });
  fc.assert(
    fc.property(some, (drafts) => {
      const once = merge(drafts);
      assertEquals(merge(drafts.toReversed()), once);
      assertEquals(merge([...drafts, ...drafts]), once);
      assertEquals(once.windows.length <= 48, true);
      assertEquals(once.evidence.length <= 10, true);
    }),
    { numRuns: 50 },
  );
});

Deno.test("findings: of many hours the last 48 are remembered", async () => {
  using kv = await Deno.openKv(":memory:");
  for (let hour = 59; hour >= 0; hour--) {
    await recordFindings(kv, [draft({ hour })], NOW);
  }
  const { windows } = (await getFinding(kv, idOf(draft()), NOW))!;
  assertEquals(windows.length, 48);
  assertEquals(windows.at(0), HOUR_START + 12 * HOUR);
  assertEquals(windows.at(-1), HOUR_START + 59 * HOUR);
});

Deno.test("findings: old evidence does not raise a resolved one again, new does", async () => {
  using kv = await Deno.openKv(":memory:");
  await recordFindings(kv, [draft()], NOW);
  const id = idOf(draft());
  const why = { by: "root", why: "a monitor of ours", now: NOW + 60_000 };
  const resolved = await setFindingActive(kv, id, false, why);
  assertEquals(resolved!.is_active, false);
  assertEquals(resolved!.resolved_by, "root");
  assertEquals(resolved!.resolved_at, NOW + 60_000);
  assertEquals(resolved!.resolution, "a monitor of ours");

  const again = await recordFindings(kv, [draft(), draft({ hour: -1 })], NOW);
  assertEquals([again.raised, again.findings.length], [0, 0]);
  assertEquals(await getFinding(kv, id, NOW), resolved);

  // An hour that is partly old evidence.
  const partly = draft({ hour: 1, first_seen: NOW + 59_000 });
  const part = await recordFindings(kv, [partly], NOW + 2 * HOUR);
  assertEquals([part.raised, part.findings.length], [0, 0]);

  const fresh = draft({ hour: 1, first_seen: NOW + 60_001, count: 105 });
  const raised = await recordFindings(kv, [fresh], NOW + 2 * HOUR);
  assertEquals([raised.raised, raised.findings.length], [1, 1]);
  const finding = await getFinding(kv, id, NOW);
  assertEquals(finding!.is_active, true);
  assertEquals(finding!.flagged_at, NOW + 2 * HOUR);
  assertEquals(finding!.count, 105);
  assertEquals(finding!.windows, [NOW]);

  // A settled finding stays settled.
  const old = await recordFindings(kv, [draft({ count: 9_999 })], NOW);
  assertEquals(old.findings, []);
  assertEquals((await getFinding(kv, id, NOW))!.count, 105);
  assertEquals(await countActive(kv, { now: NOW }), 1);
  const { items } = await listFindings(kv, { limit: 10, now: NOW });
  assertEquals(items.length, 1);
});

Deno.test("findings: a resolution taken back lets the evidence count again", async () => {
  using kv = await Deno.openKv(":memory:");
  await recordFindings(kv, [draft()], NOW);
  const id = idOf(draft());
  await setFindingActive(kv, id, false, { by: "root", now: NOW });
  const back = await setFindingActive(kv, id, true, { by: "root", now: NOW });
  assertEquals(back!.is_active, true);
  assertEquals([back!.resolved_by, back!.resolved_at, back!.resolution], [
    null,
    null,
    null,
  ]);
  const { updated } = await recordFindings(kv, [draft({ count: 200 })], NOW);
  assertEquals(updated, 1);
});

Deno.test("findings: resolving twice keeps the first resolution; resolving none is null", async () => {
  using kv = await Deno.openKv(":memory:");
  await recordFindings(kv, [draft()], NOW);
  const id = idOf(draft());
  await setFindingActive(kv, id, false, { by: "ada", now: NOW });
  const twice = await setFindingActive(kv, id, false, { by: "bob", now: NOW });
  assertEquals(twice!.resolved_by, "ada");
  const none = await setFindingActive(kv, "x", false, { by: "ada", now: NOW });
  assertEquals(none, null);
  assertEquals(await getFinding(kv, "x", NOW), null);
});

Deno.test("findings: a resolution and a recording at once both hold", async () => {
  await using temp = await tempKv();
  const { kv } = temp;
  using other = await Deno.openKv(temp.path);
  const drafts = Array.from(
    { length: 200 },
    (_, n) => draft({ ip_address: `192.0.2.${n}` }),
  );
  await recordFindings(kv, drafts, NOW);
  const ids = findingIds(drafts);
  const later = drafts.map((item) => draft({ ...item, count: 300 }));
  await Promise.all([
    recordFindings(kv, later, NOW),
    ...ids.slice(0, 20).map((id) =>
      setFindingActive(other, id, false, { by: "ada", now: NOW })
    ),
  ]);
  for (const id of ids.slice(0, 20)) {
    assertEquals((await getFinding(kv, id, NOW))!.is_active, false);
  }
  assertEquals(await countActive(kv, { now: NOW }), 180);
});

Deno.test("findings: only what is known to be stored is read, and what was wrong about that is read again", async () => {
  using kv = await Deno.openKv(":memory:");
  const drafts = Array.from(
    { length: 100 },
    (_, n) => draft({ ip_address: `192.0.2.${n}` }),
  );
  const reads: Deno.KvKey[] = [];
  const told = withFaults(kv, {
    getMany(wanted: Deno.KvKey[]) {
      reads.push(...wanted);
      return kv.getMany(wanted);
    },
    list: () => assert(false, "a list was asked for"),
  });
  const nothing = { stored: new Set<string>() };
  assertEquals((await recordFindings(told, drafts, NOW, nothing)).raised, 100);
  assertEquals(reads, []);
  const before = await everything(kv);
  // Another process has stored them since they were read.
  const again = await recordFindings(told, drafts, NOW, nothing);
  assertEquals([again.raised, again.findings.length], [0, 100]);
  assertEquals(reads.length, 100);
  assertEquals(await everything(kv), before);

  // A few known ones among many others are read singly, many of them by a list.
  const { ids } = await readStanding(kv, 0, NOW);
  assertEquals(ids.size, 100);
  for (const some of [drafts.slice(0, 9), drafts]) {
    const { raised, findings } = await recordFindings(kv, some, NOW, {
      stored: ids,
    });
    assertEquals([raised, findings.length], [0, some.length]);
  }
  assertEquals(await everything(kv), before);
});

Deno.test("findings: a list is newest first, filtered, and paged without repeats", async () => {
  using kv = await Deno.openKv(":memory:");
  const drafts = Array.from({ length: 25 }, (_, n) =>
    draft({
      ip_address: `192.0.2.${n}`,
      rule: n % 2 ? "sensitive_path" : "high_volume",
      severity: n % 2 ? "info" : "warning",
    }));
  for (const [n, item] of drafts.entries()) {
    await recordFindings(kv, [item], NOW + n);
  }
  const ids = findingIds(drafts);
  await setFindingActive(kv, ids[4]!, false, { by: "ada", now: NOW });

  const read = async (filter: Record<string, unknown>, limit: number) => {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listFindings>> = await listFindings(
        kv,
        { ...filter, limit, cursor, now: NOW },
      );
      assertEquals(page.items.length <= limit, true);
      found.push(...page.items.map(({ ip_address }) => ip_address));
      cursor = page.cursor;
    } while (cursor !== null);
    return found;
  };
  const newestFirst = drafts.map(({ ip_address }) => ip_address).toReversed();
  for (const limit of [1, 5, 7, 24, 25, 26, 500]) {
    assertEquals(await read({}, limit), newestFirst);
  }
  assertEquals((await read({ active: true }, 7)).length, 24);
  assertEquals(await read({ active: false }, 7), ["192.0.2.4"]);
  assertEquals(await read({ ip: "192.0.2.7" }, 3), ["192.0.2.7"]);
  assertEquals((await read({ rule: "sensitive_path" }, 5)).length, 12);
  assertEquals((await read({ severity: "warning" }, 5)).length, 13);
  assertEquals(await countActive(kv, { now: NOW }), 24);
  assertEquals(await countActive(kv, { now: NOW, severity: "warning" }), 12);
});

for (
  const cursor of [
    "%",
    "x",
    "AAAA",
    "zzzzzzzzzzz.zzzzzzzzzzzzzzzz",
    "a".repeat(600),
    "🦊",
  ]
) {
  Deno.test(`findings: the cursor ${cursor.slice(0, 9)} is refused`, async () => {
    using kv = await Deno.openKv(":memory:");
    await recordFindings(kv, [draft()], NOW);
    await assertRejects(
      () => listFindings(kv, { limit: 5, cursor, now: NOW }),
      Refusal,
      "Cannot read cursor",
    );
  });
}

Deno.test("findings: one is forgotten on time, whatever the store still shows", async () => {
  using kv = await Deno.openKv(":memory:");
  await recordFindings(kv, [draft()], NOW);
  const id = idOf(draft());
  const end = NOW + 90 * DAY;
  assertEquals((await getFinding(kv, id, end - 1))?.id, id);
  assertEquals(await getFinding(kv, id, end), null);
  assertEquals(await countActive(kv, { now: end }), 0);
  assertEquals(
    (await listFindings(kv, { limit: 5, now: end })).items,
    [],
  );
  assertEquals((await readStanding(kv, 0, end)).total, 0);
  // Recorded again it is one row, not two.
  await recordFindings(kv, [draft({ hour: 3_000 })], end);
  assertEquals(await countActive(kv, { now: end }), 1);
  assertEquals((await everything(kv)).length, 2);
});

Deno.test("findings: a dry run says the same and writes nothing", async () => {
  using kv = await Deno.openKv(":memory:");
  const dry = await recordFindings(kv, [draft()], NOW, { dryRun: true });
  assertEquals(await everything(kv), []);
  assertEquals(dry, await recordFindings(kv, [draft()], NOW));
});

Deno.test("findings: beyond the room for it `info` is counted and left out, a warning is not", async () => {
  using kv = await Deno.openKv(":memory:");
  const drafts = Array.from(
    { length: 300 },
    (_, n) =>
      draft({
        ip_address: `192.0.${n >> 8}.${n & 255}`,
        severity: n < 250 ? "info" : "warning",
      }),
  );
  const options = { infoRoom: 120 };
  const recorded = await recordFindings(kv, drafts, NOW, options);
  assertEquals([recorded.raised, recorded.dropped], [170, 130]);
  assertEquals(await countActive(kv, { now: NOW, severity: "warning" }), 50);
});

Deno.test("findings: two drafts of one rule and address in a batch are one finding", async () => {
  using kv = await Deno.openKv(":memory:");
  const drafts = [draft(), draft({ hour: 1, count: 102 }), draft()];
  const { findings, raised } = await recordFindings(kv, drafts, NOW);
  assertEquals([findings.length, raised], [1, 1]);
  assertEquals(findings[0]!.windows.length, 2);
});

Deno.test("findings: the largest value stays far under KV's 64 KiB", async () => {
  using kv = await Deno.openKv(":memory:");
  const evidence = Array.from({ length: 10 }, (_, n) => ({
    timestamp: HOUR_START + n,
    method: "X".repeat(16),
    // One character makes V8 store all of them in two bytes.
    path: "語" + "x".repeat(197),
    status: 200,
    user_agent: "語" + "x".repeat(157),
  }));
  const long = Array.from(
    { length: 100 },
    (_, n) =>
      draft({
        ip_address: `2001:db8:1111:2222:3333:4444:5555:${
          (n + 4096).toString(16)
        }`,
        evidence,
        explanation: "語" + "x".repeat(397),
      }),
  );
  await recordFindings(kv, long, NOW);
  for (let hour = 1; hour < 60; hour++) {
    await recordFindings(kv, [draft({ ...long[0], hour })], NOW);
  }
  const finding = await getFinding(kv, idOf(long[0]!), NOW);
  assertEquals(JSON.stringify(finding).length < 8_000, true);
});

Deno.test("findings: where the store takes many checks many of the largest are written at once", async () => {
  using kv = await Deno.openKv(":memory:");
  const writes: number[] = [];
  const roomy = withFaults(kv, {
    atomic() {
      const operation = kv.atomic();
      const commit = operation.commit.bind(operation);
      let checks = 0;
      operation.check = (...more) => {
        checks += more.length;
        return operation;
      };
      operation.commit = () => {
        writes.push(checks);
        return commit();
      };
      return operation;
    },
  });
  const long = Array.from({ length: 120 }, (_, address) =>
    draft({
      ip_address: `192.0.2.${address}`,
      evidence: Array.from({ length: 10 }, (_, n) => ({
        timestamp: HOUR_START + n,
        method: `${n}`.repeat(16),
        path: `語${n}`.padEnd(198, "x"),
        status: 200,
        user_agent: `語${n}`.padEnd(158, "x"),
      })),
      explanation: "語".padEnd(398, "x"),
    }));
  const { raised } = await recordFindings(roomy, long, NOW);
  assertEquals(raised, 120);
  // The first one asks how many it takes.
  assertEquals(writes.slice(1).toSorted((a, b) => a - b), [20, 50, 50]);
  assertEquals(await countActive(kv, { now: NOW }), 120);
});

Deno.test("findings: what is settled since then is what a run has to know", async () => {
  using kv = await Deno.openKv(":memory:");
  const drafts = [draft(), draft({ ip_address: "192.0.2.1" })];
  await recordFindings(kv, drafts, NOW);
  assertEquals((await readStanding(kv, 0, NOW)).settledUntil, undefined);
  const id = idOf(drafts[1]!);
  await setFindingActive(kv, id, false, { by: "ada", now: NOW });
  const { total, settledUntil } = await readStanding(kv, NOW, NOW);
  assertEquals(total, 2);
  assertEquals(settledUntil!("high_volume", "192.0.2.1"), NOW);
  assertEquals(settledUntil!("high_volume", "203.0.113.9"), undefined);
  assertEquals(settledUntil!("sensitive_path", "192.0.2.1"), undefined);
  assertEquals((await readStanding(kv, NOW + 1, NOW)).settledUntil, undefined);
});
