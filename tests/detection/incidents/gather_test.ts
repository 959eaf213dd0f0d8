import { HOUR } from "../../../lib/base/duration.ts";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Finding } from "../../../lib/detection/finding.ts";
import { gather } from "../../../lib/detection/incidents/gather.ts";
import {
  type Incident,
  MOST,
  requestsOf,
  titleOf,
} from "../../../lib/detection/incidents/incident.ts";
import { HOUR_START } from "../records.ts";

const NOW = HOUR_START + HOUR;
let made = 0;

function finding(fields: Partial<Finding> & { path?: string } = {}): Finding {
  const { path = "/wp-login.php", ...rest } = fields;
  const ip_address = fields.ip_address ?? "203.0.113.9";
  const rule = fields.rule ?? "path_scanning";
  return {
    id: `${rule} ${ip_address}`,
    ip_address,
    rule,
    severity: "warning",
    score: 3,
    count: 4,
    first_seen: HOUR_START,
    last_seen: HOUR_START + 60_000,
    flagged_at: NOW,
    updated_at: NOW,
    windows: [HOUR_START],
    evidence: [{
      timestamp: HOUR_START,
      method: "GET",
      path,
      status: 404,
      user_agent: "Mozilla/5.0 (X11; Linux x86_64)",
    }],
    explanation: "x",
    is_active: true,
    resolved_by: null,
    resolved_at: null,
    resolution: null,
    expires_at: NOW + HOUR,
    ...rest,
  };
}

const gathered = (
  findings: Finding[],
  open: Incident[] = [],
  operators: Record<string, string> = {},
) =>
  gather(open, findings, {
    now: NOW,
    newId: () => `incident-${made++}`,
    operatorOf: (ip) =>
      operators[ip] ? { name: operators[ip], hosting: true } : null,
  });

Deno.test("gather() makes one incident of a storm over 200 addresses of one network", () => {
  const storm = Array.from(
    { length: 200 },
    (_, n) => finding({ ip_address: `203.0.113.${n + 1}`, path: `/${n}` }),
  );
  const [incident, ...more] = gathered(storm);
  assertEquals(more, []);
  assertEquals(incident!.addresses.length, 200);
  assertEquals(incident!.networks, ["203.0.113.0/24"]);
  assertEquals(requestsOf(incident!), 800);
  assertEquals(
    titleOf(incident!),
    "Vulnerability scan from 200 addresses of 203.0.113.0/24 at /#",
  );
});

Deno.test("gather() tells by what else findings belong together, and within which time", () => {
  const a = finding({ ip_address: "192.0.2.1", path: "/a" });
  const cases: [string, Finding, number, Record<string, string>?][] = [
    [
      "another network, another target",
      finding({ ip_address: "198.51.100.1", path: "/b" }),
      2,
    ],
    ["the same target", finding({ ip_address: "198.51.100.1", path: "/a" }), 1],
    [
      "the same target with another number",
      finding({ ip_address: "198.51.100.1", path: "/A" }),
      1,
    ],
    [
      "the same target, two hours later",
      finding({
        ip_address: "198.51.100.1",
        path: "/a",
        first_seen: HOUR_START + 2 * HOUR,
        last_seen: HOUR_START + 2 * HOUR,
      }),
      2,
    ],
    [
      "another kind of attack on the same target",
      finding({
        ip_address: "198.51.100.1",
        path: "/a",
        rule: "login_bruteforce",
      }),
      2,
    ],
    [
      "another kind by the same address",
      finding({ ip_address: "192.0.2.1", path: "/b", rule: "injection_probe" }),
      1,
    ],
    [
      "the same network five hours later",
      finding({
        ip_address: "192.0.2.77",
        path: "/b",
        first_seen: HOUR_START + 5 * HOUR,
        last_seen: HOUR_START + 5 * HOUR,
      }),
      1,
    ],
    [
      "the same network seven hours later",
      finding({
        ip_address: "192.0.2.77",
        path: "/b",
        first_seen: HOUR_START + 7 * HOUR,
        last_seen: HOUR_START + 7 * HOUR,
      }),
      2,
    ],
    [
      "the same operator that rents out machines",
      finding({ ip_address: "198.51.100.1", path: "/b" }),
      1,
      { "192.0.2.1": "Example Hosting", "198.51.100.1": "Example Hosting" },
    ],
  ];
  for (const [name, b, incidents, operators] of cases) {
    assertEquals(gathered([a, b], [], operators).length, incidents, name);
  }
});

Deno.test("gather() adds a spike of the whole site to the incident that made most of it", () => {
  const spike = (count: number, fields: Partial<Finding> = {}) =>
    finding({
      ...{ rule: "traffic_spike", ip_address: "*", evidence: [], count },
      last_seen: HOUR_START + HOUR - 1,
      ...fields,
    });
  const storm = (count = 10) =>
    Array.from(
      { length: 20 },
      (_, n) => finding({ ip_address: `203.0.113.${n + 1}`, count }),
    );
  const [one, ...more] = gathered([spike(390), ...storm()]);
  assertEquals(more, []);
  assertEquals(
    [one!.kind, one!.first_seen, one!.last_seen, requestsOf(one!)],
    ["scan", HOUR_START, HOUR_START + 60_000, 200],
  );
  assert(one!.rules.includes("traffic_spike"));
  // The flood may have been found before.
  const open = gathered(storm());
  assertEquals(gathered([spike(390)], open).map(({ id }) => id), [open[0]!.id]);

  const elsewhen = { first_seen: HOUR_START + HOUR, last_seen: NOW + HOUR - 1 };
  for (const alone of [spike(410), spike(390, elsewhen)]) {
    const both = gathered([alone, ...storm()]);
    assertEquals(both.length, 2);
    const site = both.find(({ addresses }) => addresses.length === 0)!;
    assertEquals(titleOf(site), "Flood of requests at the whole site");
  }
});

Deno.test("gather() leaves out info, what is settled, and the home page as a target", () => {
  assertEquals(gathered([finding({ severity: "info" })]), []);
  assertEquals(gathered([finding({ is_active: false })]), []);
  const home = ["192.0.2.1", "198.51.100.1"].map((ip_address) =>
    finding({ ip_address, path: "/", rule: "flood" })
  );
  assertEquals(gathered(home).length, 2);
});

Deno.test("gather() keeps findings in the incident that they are in, and run again changes nothing", () => {
  const first = gathered([finding()]);
  assertEquals(gathered([finding()], first), []);
  const [grown] = gathered(
    [finding(), finding({ ip_address: "203.0.113.10", severity: "critical" })],
    first,
  );
  assertEquals(grown!.id, first[0]!.id);
  assertEquals([grown!.severity, grown!.addresses.length], ["critical", 2]);
});

Deno.test("gather() loses no finding, puts none into two, and stays bounded", () => {
  const some = fc.record({
    net: fc.nat({ max: 5 }),
    host: fc.nat({ max: 250 }),
    rule: fc.constantFrom("path_scanning", "flood", "login_bruteforce"),
    path: fc.constantFrom("/", "/a", "/b", "/c1"),
    hour: fc.nat({ max: 12 }),
  });
  fc.assert(fc.property(fc.array(some, { maxLength: 60 }), (items) => {
    const findings = [...new Map(
      items.map(({ net, host, rule, path, hour }) => {
        const at = HOUR_START + hour * HOUR;
        const each = finding({
          ip_address: `203.0.${net}.${host}`,
          ...{ rule, path, first_seen: at, last_seen: at },
        });
        return [each.id, each];
      }),
    ).values()];
    const incidents = gathered(findings);
    const ids = incidents.flatMap(({ findings }) => findings);
    assertEquals(ids.length, new Set(ids).size);
    assertEquals(new Set(ids), new Set(findings.map(({ id }) => id)));
    for (const incident of incidents) {
      assert(incident.addresses.length <= MOST.addresses);
      assertEquals(incident.counts.length, incident.addresses.length);
      assert(incident.first_seen <= incident.last_seen);
    }
  }));
});
