import type { AuditAction } from "../../lib/store/audit_actions.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { assertEquals, assertRejects } from "@std/assert";
import {
  appendAudit,
  AUDIT_RETENTION_MS,
  getAudit,
  listAudit,
} from "../../lib/store/audit.ts";

const NOW = Date.UTC(2026, 2, 4, 12);

Deno.test("audit: newest first, page by page, each entry once", async () => {
  using kv = await Deno.openKv(":memory:");
  for (let n = 0; n < 25; n++) {
    await appendAudit(kv, {
      who: "root",
      what: "block",
      target: `192.0.2.${n}`,
      from: "198.51.100.7",
      why: "x",
    }, NOW + Math.floor(n / 2));
  }
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listAudit>> = await listAudit(kv, {
      limit: 7,
      cursor,
      now: NOW + 99,
    });
    seen.push(...page.items.map(({ target }) => target));
    const times = page.items.map(({ at }) => at);
    assertEquals(times, times.toSorted((a, b) => b - a));
    cursor = page.cursor;
  } while (cursor !== null);
  assertEquals(new Set(seen).size, 25);
  assertEquals(seen.length, 25);
});

Deno.test("audit: an entry is found by time and id, and forgotten on time", async () => {
  using kv = await Deno.openKv(":memory:");
  const entry = await appendAudit(
    kv,
    { who: "auto:x", what: "block", target: "192.0.2.1" },
    NOW,
  );
  assertEquals(await getAudit(kv, NOW, entry.id, NOW), entry);
  assertEquals([entry.from, entry.why, entry.undo], [null, null, null]);
  assertEquals(await getAudit(kv, NOW + 1, entry.id, NOW), null);
  assertEquals(await getAudit(kv, NaN, entry.id, NOW), null);
  assertEquals(await getAudit(kv, NOW, "../../x", NOW), null);
  const later = NOW + AUDIT_RETENTION_MS;
  assertEquals(await getAudit(kv, NOW, entry.id, later), null);
  assertEquals((await listAudit(kv, { limit: 5, now: later })).items, []);
});

Deno.test("audit: what visitors chose is cut", async () => {
  using kv = await Deno.openKv(":memory:");
  const long = "ä".repeat(100_000);
  await appendAudit(
    kv,
    {
      who: long,
      what: long as AuditAction,
      target: long,
      from: long,
      why: long,
    },
    NOW,
  );
  const { items: [entry] } = await listAudit(kv, { limit: 1, now: NOW });
  assertEquals(JSON.stringify(entry).length < 2_000, true);
});

Deno.test("audit: a cursor that no list answered is refused", async () => {
  using kv = await Deno.openKv(":memory:");
  for (const cursor of ["x", "1.2", "zz.not-an-id", "🦊"]) {
    await assertRejects(
      () => listAudit(kv, { limit: 1, cursor, now: NOW }),
      Refusal,
      "Cannot read cursor",
    );
  }
});
