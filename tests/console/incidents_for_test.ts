import { assertEquals } from "@std/assert";
import { incidentsFor } from "../../lib/console/overview.ts";
import type { Incident } from "../../lib/detection/incidents/incident.ts";

const AGENT = `Mozilla/5.0 ${"x".repeat(200)}`;
const INCIDENTS = [
  {
    ...{ id: "a", addresses: ["203.0.113.7"], networks: ["203.0.113.0/24"] },
    ...{ targets: ["/login"], agents: ["sqlmap/1.8"] },
  },
  {
    ...{ id: "b", addresses: ["192.0.2.1"], networks: ["192.0.2.0/24"] },
    ...{ targets: ["/wp-login.php"], agents: [AGENT.slice(0, 120)] },
  },
] as Incident[];

const KNOWN = {
  operatorOf: (ip: string) =>
    ip === "203.0.113.7" ? { asn: 64_500, name: "Example Hosting" } : null,
  countryOf: (ip: string) => ip === "203.0.113.7" ? "NL" : undefined,
};

Deno.test("incidentsFor() follows the filters of the page, and hides none that may be meant", () => {
  for (
    const [query, ids] of [
      ["", "ab"],
      ["ip=203.0.113.0/25", "a"],
      ["ip=192.0.2.1,203.0.113.9", "b"],
      ["path=~login", "ab"],
      ["path=/wp-*", "b"],
      ["user_agent=~SQLMAP", "a"],
      ["user_agent=sqlmap/1.8", "a"],
      ["user_agent=sqlmap*,curl*", "a"],
      ["user_agent=sqlmap", ""],
      [`user_agent=${AGENT}`, "b"],
      ["asn=64500,1", "a"],
      ["asn=6450", ""],
      ["operator=~hosting", "a"],
      ["operator=hosting", ""],
      ["country=nl", "ab"],
      ["country=DE", "b"],
      ["status=404", "ab"],
    ] as const
  ) {
    const found = incidentsFor(INCIDENTS, new URLSearchParams(query), KNOWN);
    assertEquals(found.map(({ id }) => id).join(""), ids, query);
  }
});
