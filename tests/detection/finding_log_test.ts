import { assertEquals } from "@std/assert";
import type { Finding } from "../../lib/detection/finding.ts";
import { logFindings } from "../../lib/detection/finding_log.ts";

const FINDING = {
  rule: "path_scanning",
  ip_address: "203.0.113.9",
  severity: "warning",
  count: 30,
  explanation: "30 missing pages",
} as Finding;

/** The log lines about findings. */
function linesOf(findings: readonly Finding[]) {
  const lines: unknown[] = [];
  logFindings(findings, (level, event, fields) => {
    lines.push([level, event, fields]);
  });
  return lines as [string, string, Record<string, unknown>][];
}

Deno.test("logFindings(): a line each, by OWASP's names; none for info", () => {
  const { rule, ip_address, severity, count, explanation } = FINDING;
  assertEquals(linesOf([FINDING]), [[
    "warn",
    "malicious_excess_404",
    { ip_address, rule, severity, count, explanation },
  ]]);
  for (
    const [rule, event] of [
      ["login_bruteforce", "authn_login_fail_max"],
      ["high_volume", "excess_rate_limit_exceeded"],
      ["weak_spot", "malicious_activity"],
      ["constructor", "malicious_activity"],
    ] as const
  ) assertEquals(linesOf([{ ...FINDING, rule }])[0]![1], event);
  assertEquals(linesOf([{ ...FINDING, severity: "info" }]), []);
  assertEquals(linesOf([]), []);
});

Deno.test("logFindings(): beyond 50 lines the others are counted", () => {
  const many = (count: number) => Array.from({ length: count }, () => FINDING);
  assertEquals(linesOf(many(50)).length, 50);
  for (const count of [51, 1_000]) {
    const lines = linesOf([...many(count), { ...FINDING, severity: "info" }]);
    assertEquals(lines.length, 51);
    assertEquals(lines.at(-1), [
      "warn",
      "malicious_activity",
      { more: count - 50 },
    ]);
  }
});
