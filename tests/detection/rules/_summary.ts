import { assertEquals, assertNotEquals } from "@std/assert";
import { Clients } from "../../../lib/detection/clients.ts";
import { type FindingDraft, POINTS } from "../../../lib/detection/draft.ts";
import type {
  Baseline,
  SummaryFinding,
  SummaryRule,
} from "../../../lib/detection/summary.ts";
import type { Severity } from "../../../lib/detection/types.ts";
import { HOUR_START, record, THE_HOUR } from "../records.ts";

/** The input of a rule over findings. */
export interface Scene {
  drafts?: FindingDraft[];
  /** Requests by address, and whether they were signed in. */
  visitors?: [address: string, requests: number, signedIn?: boolean][];
  baseline?: Baseline | null;
}

/** A finding of a rule about an address. */
export function draft(
  ip_address: string,
  severity: Severity = "warning",
  rule = "high_volume",
  weight = 1,
): FindingDraft {
  return {
    rule,
    ip_address,
    severity,
    score: POINTS[severity] * weight,
    count: 101,
    first_seen: HOUR_START + 1_000,
    last_seen: HOUR_START + 2_000,
    period: HOUR_START,
    evidence: [],
    explanation: "x",
  };
}

/** The result of a rule for an input. */
export function judged(rule: SummaryRule, scene: Scene): SummaryFinding[] {
  const clients = new Clients();
  for (const [address, requests, signedIn = false] of scene.visitors ?? []) {
    const one = record({
      ip_address: address,
      username: signedIn ? "ann" : null,
    });
    for (let n = 0; n < requests; n++) clients.add(one);
  }
  const { drafts = [], baseline = null } = scene;
  return rule.judge({ period: THE_HOUR, drafts, clients, baseline }, rule);
}

/** Tests a rule over findings with a table of the subjects it must name. */
export function namesIn(
  rule: SummaryRule,
  table: Record<string, [scene: Scene, subjects: string[]]>,
): void {
  const outcome = (rule: SummaryRule, scene: Scene) =>
    judged(rule, scene).map(({ subject }) => subject).sort();
  for (const [name, [scene, subjects]] of Object.entries(table)) {
    const what = subjects.join(", ") || "nothing";
    Deno.test(`${rule.name}: ${name}: ${what}`, () => {
      assertEquals(outcome(rule, scene), subjects.toSorted());
    });
  }
  Deno.test(`${rule.name}: ten examples and more of either kind`, () => {
    const all = Object.values(table);
    const fine = all.filter(([, subjects]) => subjects.length === 0).length;
    assertEquals([fine >= 10, all.length - fine >= 10], [true, true]);
  });
  for (const step of [-1, 1]) {
    Deno.test(`${rule.name}: a threshold that is off by ${step} fails this table`, () => {
      const changed = { ...rule, threshold: rule.threshold + step };
      const all = Object.values(table);
      assertNotEquals(
        all.map(([scene]) => outcome(changed, scene)),
        all.map(([, subjects]) => subjects.toSorted()),
      );
    });
  }
}
