import { assert, assertStringIncludes } from "@std/assert";
import { renderToString as render } from "preact-render-to-string";
import { DossierFacts } from "../../components/dossier/dossier_facts.tsx";
import { Got } from "../../components/incidents/incident_card.tsx";
import { TrafficSums } from "../../lib/console/traffic_sums.ts";
import type { Incident } from "../../lib/detection/incidents/incident.ts";
import { record } from "../log/_records.ts";

const SINCE = Date.UTC(2026, 0, 5);
const incident = {
  addresses: ["203.0.113.9"],
  networks: [],
} as unknown as Incident;

function traffic(counted_since: number) {
  const sums = new TrafficSums(SINCE, SINCE + 3_600_000, 60_000);
  sums.add(record({ timestamp: SINCE + 1_000, user_agent: "sqlmap/1.8" }));
  return {
    ...{ since: SINCE, until: SINCE + 3_600_000, by: "minute" as const },
    ...{ counted_since, first_seen: null, last_seen: null },
    ...sums.result(5),
  };
}

const text = (html: string) => html.replaceAll(/<[^>]*>/g, "");

Deno.test("Got: says at least, and from when on, where time ran out", () => {
  const got = (since: number) =>
    text(render(<Got traffic={traffic(since)} incident={incident} />));
  assertStringIncludes(
    got(SINCE),
    "1 request, 0 refused; 1 answered with 2xx, nobody signed in; claims to be sqlmap.",
  );
  const part = got(SINCE + 60_000);
  assertStringIncludes(part, "At least 1 request,");
  assertStringIncludes(part, "(counted from 2026-01-05 00:01:00 on)");
  // One of those that were not counted may have.
  assert(!part.includes("nobody"), part);
});

Deno.test("DossierFacts: says at least where time ran out", () => {
  const facts = (isWhole: boolean) =>
    text(render(
      <DossierFacts
        kind="public"
        network={null}
        requests={2}
        isWhole={isWhole}
        log="ip=203.0.113.9"
      />,
    ));
  assertStringIncludes(facts(false), "Requestsat least 2");
  assertStringIncludes(facts(true), "Requests2");
});
