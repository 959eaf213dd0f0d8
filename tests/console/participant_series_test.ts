import { assertEquals } from "@std/assert";
import { ParticipantSeries } from "../../lib/console/participant_series.ts";
import { record } from "../log/_records.ts";

const SINCE = Date.UTC(2026, 0, 5, 12);
const UNTIL = SINCE + 24 * 1_000;
const A = "203.0.113.7";
const B = "203.0.113.8";
const C = "2001:db8:7:1::9";
const NETWORKS = ["203.0.113.0/24", "2001:db8:7::/48"];

const during = (addresses: string[], networks = NETWORKS) =>
  new ParticipantSeries({
    ...{ addresses, networks },
    first_seen: SINCE,
    last_seen: UNTIL - 1,
  });

/** The columns that have requests: their number, requests and let in ones. */
const bars = (series: ParticipantSeries, name: string) =>
  series.of(name).flatMap(({ requests, allowed }, at) =>
    requests > 0 ? [[at, requests, allowed]] : []
  );

Deno.test("ParticipantSeries counts each address, and its network, from the first moment to the last", () => {
  const series = during([A, B, C]);
  const add = (ip_address: string, at: number, outcome = "allowed" as const) =>
    series.add(record({ ip_address, timestamp: SINCE + at, outcome }));
  add(A, 0);
  add(A, 999);
  series.add(
    record({ ip_address: B, timestamp: SINCE + 500, outcome: "blocked" }),
  );
  add(B, 24_000 - 1);
  add(C, 12_000);
  // Before, after, and of nobody who took part.
  add(A, -1);
  add(A, 24_000);
  add("198.51.100.1", 0);
  add("unknown", 0);
  assertEquals(bars(series, A), [[0, 2, 2]]);
  assertEquals(bars(series, B), [[0, 1, 0], [23, 1, 1]]);
  assertEquals(bars(series, C), [[12, 1, 1]]);
  assertEquals(bars(series, NETWORKS[0]!), [[0, 3, 2], [23, 1, 1]]);
  assertEquals(bars(series, NETWORKS[1]!), [[12, 1, 1]]);
  assertEquals(series.of("198.51.100.1"), []);
});

Deno.test("ParticipantSeries charts the networks alone where there are many addresses", () => {
  const many = Array.from({ length: 21 }, (_, n) => `203.0.113.${n}`);
  const series = during(many);
  series.add(record({ ip_address: many[0]!, timestamp: SINCE }));
  assertEquals(series.of(many[0]!), []);
  assertEquals(bars(series, NETWORKS[0]!), [[0, 1, 1]]);
  assertEquals(during(many.slice(1)).of(many[1]!).length, 24);
});

Deno.test("ParticipantSeries of a single moment is its first column", () => {
  const series = new ParticipantSeries({
    ...{ addresses: [A], networks: [] },
    ...{ first_seen: SINCE, last_seen: SINCE },
  });
  series.add(record({ ip_address: A, timestamp: SINCE }));
  assertEquals(bars(series, A), [[0, 1, 1]]);
});
