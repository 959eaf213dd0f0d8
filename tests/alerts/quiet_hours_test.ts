import { assertEquals, assertThrows } from "@std/assert";
import {
  clockOf,
  isQuietAt,
  quietHours,
} from "../../lib/alerts/quiet_hours.ts";
import { Refusal } from "../../lib/base/refusal.ts";

const at = (clock: string) => Date.parse(`2026-01-05T${clock}:00Z`);

Deno.test("quiet hours begin with their first minute and end with their last, over midnight, too", () => {
  for (
    const [from, to, quiet, loud] of [
      ["22:00", "07:00", ["22:00", "23:59", "00:00", "06:59"], [
        "07:00",
        "21:59",
        "12:00",
      ]],
      ["01:00", "02:00", ["01:00", "01:59"], ["02:00", "00:59"]],
    ] as const
  ) {
    const hours = quietHours(from, to);
    for (const clock of quiet) assertEquals(isQuietAt(hours, at(clock)), true);
    for (const clock of loud) assertEquals(isQuietAt(hours, at(clock)), false);
    assertEquals([clockOf(hours!.from), clockOf(hours!.to)], [from, to]);
  }
  assertEquals(isQuietAt(null, at("00:00")), false);
});

Deno.test("quiet hours that cannot be are refused", () => {
  for (
    const [from, to] of [
      ["22:00", ""],
      ["", "07:00"],
      ["24:00", "07:00"],
      ["7:00", "08:00"],
      ["07:60", "08:00"],
      ["07:00", "07:00"],
      ["noon", "08:00"],
    ] as const
  ) assertThrows(() => quietHours(from, to), Refusal);
});
