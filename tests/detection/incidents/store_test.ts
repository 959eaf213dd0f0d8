import { assertEquals } from "@std/assert";
import type { Incident } from "../../../lib/detection/incidents/incident.ts";
import { listIncidents } from "../../../lib/detection/incidents/store.ts";
import { keys } from "../../../lib/store/keys.ts";

const SCAN: Omit<Incident, "id" | "severity" | "last_seen" | "is_active"> = {
  kind: "scan",
  first_seen: 1_000,
  opened_at: 1_000,
  updated_at: 1_000,
  addresses: ["203.0.113.9"],
  counts: [40],
  networks: ["203.0.113.0/24"],
  operators: [],
  targets: [],
  agents: [],
  rules: ["path_scanning"],
  findings: [],
  reason: null,
  decided_by: null,
  told_finding: null,
  told_severity: null,
  expires_at: 90_000,
};

Deno.test("listIncidents() lists open ones first, the most serious first, then the latest, page by page", async () => {
  using kv = await Deno.openKv(":memory:");
  const incidents = [
    ["decided", "critical", 9_000, false],
    ["new warning", "warning", 8_000, true],
    ["old critical", "critical", 2_000, true],
    ["new critical", "critical", 3_000, true],
    ["old warning", "warning", 1_500, true],
    ["decided before", "warning", 7_000, false],
  ] as const;
  for (const [id, severity, last_seen, is_active] of incidents) {
    const incident: Incident = { ...SCAN, id, severity, last_seen, is_active };
    await kv.set(keys.incident(id), incident);
  }
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await listIncidents(kv, { limit: 2, cursor, now: 10_000 });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== null);
  assertEquals(ids, [
    "new critical",
    "old critical",
    "new warning",
    "old warning",
    "decided",
    "decided before",
  ]);
});
