import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { findingIds, mergeFinding } from "../../lib/detection/finding.ts";
import { readFinding } from "../../lib/detection/finding_index.ts";
import {
  packFinding,
  unpackFinding,
} from "../../lib/detection/stored_finding.ts";
import type { Evidence } from "../../lib/detection/types.ts";
import { keys } from "../../lib/store/keys.ts";

const NOW = 1_700_000_000_000;

function findingWith(evidence: Evidence[]) {
  const draft = {
    rule: "high_volume",
    ip_address: "203.0.113.9",
    severity: "warning" as const,
    score: 3,
    count: 120,
    first_seen: NOW - 1_000,
    last_seen: NOW,
    period: NOW - 3_600_000,
    evidence,
    explanation: "120 requests",
  };
  const [id] = findingIds([draft]);
  return mergeFinding(null, draft, id!, NOW);
}

const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
  timestamp: fc.integer({ min: 0, max: 8.64e15 }),
  method: fc.string({ maxLength: 16 }),
  path: fc.string({ unit: "grapheme", maxLength: 60 }),
  status: fc.integer({ min: 100, max: 599 }),
  user_agent: fc.option(fc.string({ unit: "binary", maxLength: 60 })),
});

Deno.test("stored finding: comes out as it was put in", () => {
  fc.assert(
    fc.property(fc.array(anyEvidence, { maxLength: 10 }), (all) => {
      const finding = findingWith(all);
      const stored = structuredClone(packFinding(finding));
      assertEquals(unpackFinding(stored), finding);
    }),
    { numRuns: 200 },
  );
});

Deno.test("stored finding: one of an older version is read as well", async () => {
  using kv = await Deno.openKv(":memory:");
  const finding = findingWith([{
    timestamp: NOW,
    method: "GET",
    path: "/login",
    status: 401,
    user_agent: null,
  }]);
  await kv.set(keys.finding(finding.id), finding);
  assertEquals((await readFinding(kv, finding.id)).value, finding);
  assertEquals((await readFinding(kv, "none")).value, null);
});

Deno.test("stored finding: keeps a text that requests have in common once", () => {
  const agent = "Mozilla/5.0 (compatible; " + "x".repeat(100) + ")";
  const finding = findingWith(
    Array.from({ length: 10 }, (_, n) => ({
      timestamp: NOW + n,
      method: "GET",
      path: "/login",
      status: 401,
      user_agent: agent,
    })),
  );
  const text = JSON.stringify(packFinding(finding));
  assert(text.indexOf(agent) === text.lastIndexOf(agent));
});
