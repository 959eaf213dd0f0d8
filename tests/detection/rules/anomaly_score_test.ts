import { assertEquals } from "@std/assert";
import { anomalyScore } from "../../../lib/detection/rules/anomaly_score.ts";
import type { Severity } from "../../../lib/detection/types.ts";
import { draft, judged, namesIn } from "./_summary.ts";

const A = "203.0.113.9";
const B = "192.0.2.7";
const of = (ip: string, ...severities: Severity[]) =>
  severities.map((severity, index) => draft(ip, severity, `rule_${index}`));

namesIn(anomalyScore(), {
  "three warnings": [{ drafts: of(A, "warning", "warning", "warning") }, [A]],
  "critical and warning": [{ drafts: of(A, "critical", "warning") }, [A]],
  "two critical": [{ drafts: of(A, "critical", "critical") }, [A]],
  "critical and three of info": [
    { drafts: of(A, "critical", "info", "info", "info") },
    [A],
  ],
  "two warnings and two of info": [
    { drafts: of(A, "warning", "warning", "info", "info") },
    [A],
  ],
  "eight of info": [{ drafts: of(A, ...Array(8).fill("info")) }, [A]],
  "two weighty warnings": [
    {
      drafts: [
        draft(A, "warning", "a", 2),
        draft(A, "warning", "b", 2),
      ],
    },
    [A],
  ],
  "an IPv6 address": [
    { drafts: of("2001:db8::1", "critical", "warning") },
    ["2001:db8::1"],
  ],
  "two addresses": [
    {
      drafts: [
        ...of(A, "critical", "warning"),
        ...of(B, "critical", "warning"),
      ],
    },
    [A, B],
  ],
  "one beside an innocent": [
    { drafts: [...of(A, "critical", "warning"), ...of(B, "info")] },
    [A],
  ],
  "a score of 7": [{ drafts: of(A, "critical", "info", "info") }, []],
  "nothing found": [{}, []],
  "one warning": [{ drafts: of(A, "warning") }, []],
  "two warnings": [{ drafts: of(A, "warning", "warning") }, []],
  "two warnings and one of info": [
    { drafts: of(A, "warning", "warning", "info") },
    [],
  ],
  "one critical, which stands for itself": [{ drafts: of(A, "critical") }, []],
  "one critical of great weight": [
    { drafts: [draft(A, "critical", "a", 2)] },
    [],
  ],
  "a user's login: info": [{ drafts: of(A, "info") }, []],
  "info from several rules": [{ drafts: of(A, "info", "info", "info") }, []],
  "warnings without weight": [
    { drafts: [1, 2, 3, 4].map((n) => draft(A, "warning", `r${n}`, 0)) },
    [],
  ],
  "three warnings of three addresses": [
    { drafts: [A, B, "192.0.2.8"].flatMap((ip) => of(ip, "warning")) },
    [],
  ],
});

Deno.test("anomaly_score: it says what was added up", () => {
  const [found] = judged(anomalyScore(), {
    drafts: of(A, "warning", "critical"),
  });
  assertEquals(
    found!.explanation,
    "score 8 in the hour from 2026-03-04 10:00 UTC: rule_0 3, rule_1 5",
  );
  assertEquals([found!.severity, found!.count], ["critical", 8]);
});
