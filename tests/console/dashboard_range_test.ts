import { assertEquals, assertThrows } from "@std/assert";
import { dashboardRange } from "../../lib/console/dashboard_range.ts";
import { Refusal } from "../../lib/base/refusal.ts";

const NOW = Date.UTC(2026, 0, 5, 12);
const HOUR = 3_600_000;
const of = (query: string) => dashboardRange(new URLSearchParams(query), NOW);

Deno.test("dashboardRange() is 24 hours where nothing is asked for, and refuses nonsense", () => {
  for (const query of ["", "range=", "since="]) {
    const { name, since, until, by } = of(query);
    assertEquals({ name, by }, { name: "24h", by: "hour" });
    assertEquals([since, until], [NOW + 1 - 24 * HOUR, NOW + 1]);
  }
  for (const query of ["range=2y", "range=constructor"]) {
    assertThrows(() => of(query), Refusal);
  }
});

Deno.test("dashboardRange() goes by minutes, hours or days", () => {
  assertEquals(of("range=1h").by, "minute");
  assertEquals(of("range=7d").by, "hour");
  assertEquals(of("range=30d").by, "day");
  assertEquals(
    of("since=2026-01-05T09:30&until=2026-01-05T11:00").by,
    "minute",
  );
  assertEquals(of("since=2025-12-01&until=2026-01-01").by, "day");
});

Deno.test("dashboardRange() reads ends as UTC, and fills in one that is missing", () => {
  const custom = of("since=2026-01-05T09:30&until=2026-01-05T11:00");
  assertEquals(custom.name, "custom");
  assertEquals(custom.since, Date.UTC(2026, 0, 5, 9, 30));
  assertEquals(custom.until, Date.UTC(2026, 0, 5, 11));
  assertEquals(of("since=2026-01-05").until, NOW + 1);
  assertEquals(
    of("until=2026-01-05").since,
    Date.UTC(2026, 0, 4),
  );
});

Deno.test("dashboardRange() refuses ends that make no range", () => {
  for (
    const query of [
      "since=2026-01-06&until=2026-01-05",
      "since=2026-01-05&until=2026-01-05",
      "since=1990-01-01",
      "since=yesterday",
    ]
  ) {
    assertThrows(() => of(query), Refusal);
  }
});

Deno.test("dashboardRange() knows today, yesterday and last night, in UTC", () => {
  const at = (query: string, now: number) => {
    const { since, until } = dashboardRange(new URLSearchParams(query), now);
    const text = (ms: number) => new Date(ms).toISOString().slice(5, 16);
    return `${text(since)} to ${text(until)}`;
  };
  const noon = Date.UTC(2026, 0, 5, 12);
  assertEquals(at("range=today", noon), "01-05T00:00 to 01-05T12:00");
  assertEquals(at("range=yesterday", noon), "01-04T00:00 to 01-05T00:00");
  assertEquals(at("range=night", noon), "01-04T20:00 to 01-05T08:00");
  const early = Date.UTC(2026, 0, 5, 3);
  assertEquals(at("range=night", early), "01-04T20:00 to 01-05T03:00");
  const dusk = Date.UTC(2026, 0, 5, 20, 30);
  assertEquals(at("range=night", dusk), "01-04T20:00 to 01-05T08:00");
  const late = Date.UTC(2026, 0, 5, 22);
  assertEquals(at("range=night", late), "01-05T20:00 to 01-05T22:00");
});
