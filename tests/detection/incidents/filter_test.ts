import { assertEquals, assertThrows } from "@std/assert";
import { Refusal } from "../../../lib/base/refusal.ts";
import {
  type IncidentFilter,
  incidentFilter,
  incidentMatches,
} from "../../../lib/detection/incidents/filter.ts";
import type { Incident } from "../../../lib/detection/incidents/incident.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";

const SCAN: Incident = {
  id: "i1",
  kind: "scan",
  severity: "warning",
  first_seen: 1_000,
  last_seen: 2_000,
  opened_at: 2_500,
  updated_at: 2_500,
  addresses: ["203.0.113.9", "2001:db8:7::1"],
  counts: [40, 2],
  networks: ["203.0.113.0/24", "2001:db8:7::/48"],
  operators: ["Example Hosting", "Norsk Nett"],
  targets: ["/wp-login.php"],
  agents: ["curl/8"],
  rules: ["path_scanning"],
  findings: ["f1"],
  is_active: true,
  reason: null,
  decided_by: null,
  told_finding: null,
  told_severity: null,
  expires_at: 9_000,
};
/** Raised by findings about networks only. */
const OF_NETWORKS: Incident = { ...SCAN, addresses: [], counts: [] };
const WATCHED: Incident = { ...SCAN, is_watched: true };
const BLOCKED: Incident = { ...SCAN, is_active: false, decision: "blocked" };

const range = (text: string) => ({ network: parseCidr(text) });

const CASES: [
  what: string,
  incident: Incident,
  filter: IncidentFilter,
  matches: boolean,
][] = [
  ["nothing asked", SCAN, {}, true],
  ["its kind", SCAN, { kind: "scan" }, true],
  ["another kind", SCAN, { kind: "flood" }, false],
  ["its severity", SCAN, { severity: "warning" }, true],
  ["a higher severity", SCAN, { severity: "critical" }, false],
  ["a lower severity", SCAN, { severity: "info" }, false],
  ["seen last at the time", SCAN, { since: 2_000 }, true],
  ["seen last before it", SCAN, { since: 2_001 }, false],
  ["begun before the time", SCAN, { until: 1_001 }, true],
  ["begun at the time", SCAN, { until: 1_000 }, false],
  ["a part of an operator's name", SCAN, { operator: "HOST" }, true],
  ["the second operator", SCAN, { operator: "norsk" }, true],
  ["another operator", SCAN, { operator: "telia" }, false],
  ["an address of it", SCAN, range("203.0.113.9"), true],
  ["a neighbour of it", SCAN, range("203.0.113.8"), false],
  ["a range with an address of it", SCAN, range("203.0.0.0/16"), true],
  ["its other family", SCAN, range("2001:db8::/32"), true],
  ["a range beside it", SCAN, range("203.0.112.0/24"), false],
  ["everything of the other family", SCAN, range("::/0"), true],
  ["networks: any address in one", OF_NETWORKS, range("203.0.113.8"), true],
  ["networks: one beside", OF_NETWORKS, range("203.0.112.8"), false],
  [
    "addresses that are only kept as hashes",
    { ...SCAN, addresses: ["h1:abc", "h1:abc/24"] },
    range("0.0.0.0/0"),
    false,
  ],
  ["open", SCAN, { state: "open" }, true],
  ["open, though watched", WATCHED, { state: "open" }, true],
  ["open, though decided", BLOCKED, { state: "open" }, false],
  ["watched", WATCHED, { state: "watched" }, true],
  ["watched, though it is not", SCAN, { state: "watched" }, false],
  [
    "watched, though decided since",
    { ...BLOCKED, is_watched: true },
    { state: "watched" },
    false,
  ],
  ["decided", BLOCKED, { state: "decided" }, true],
  ["decided, though open", SCAN, { state: "decided" }, false],
  ["decided so", BLOCKED, { state: "blocked" }, true],
  ["decided otherwise", BLOCKED, { state: "dismissed" }, false],
  [
    "all of several",
    SCAN,
    { kind: "scan", since: 0, operator: "host", ...range("203.0.113.9") },
    true,
  ],
  ["all but one of several", SCAN, { kind: "scan", since: 3_000 }, false],
];

for (const [what, incident, filter, matches] of CASES) {
  Deno.test(`incidentMatches(): ${what}: ${matches}`, () => {
    assertEquals(incidentMatches(incident, filter), matches);
  });
}

Deno.test("incidentFilter(): reads what a page's address says, and refuses what cannot be", () => {
  const now = Date.UTC(2026, 2, 4);
  const read = (query: string) =>
    incidentFilter(new URLSearchParams(query), now);
  const none = {
    ...{ kind: undefined, severity: undefined, operator: undefined },
    ...{ network: undefined, since: undefined, until: undefined },
  };
  assertEquals(read(""), none);
  assertEquals(read("kind=&severity=&operator=%20&network=%20"), none);
  assertEquals(
    read("kind=scan&severity=info&operator=%20Norsk%20&network=203.0.113.7/24"),
    {
      ...none,
      ...{ kind: "scan", severity: "info", operator: "Norsk" },
      network: parseCidr("203.0.113.0/24"),
    },
  );
  assertEquals(read("since=2h").since, now - 2 * 3_600_000);
  for (
    const query of [
      "kind=war",
      "severity=high",
      "network=203.0.113.0/33",
      "network=example.org",
      "since=soon",
      "until=2026-13-01",
    ]
  ) assertThrows(() => read(query), Refusal, "Cannot", query);
});
