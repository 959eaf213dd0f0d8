import { assertEquals } from "@std/assert";
import { fallen } from "../../bench/fallen.ts";
import { figure } from "../../bench/figure.ts";

Deno.test("A goal that was met and is missed by more than the spread has fallen, and nothing else has", () => {
  const of = (name: string, rounds: number[]) =>
    figure(name, "µs", rounds, { goal: ["≤", 10] });
  const before = [
    of("falls", [8, 8, 8]),
    of("falls within the spread", [8, 9, 14]),
    of("was missed", [12, 12, 12]),
    of("stays", [8, 8, 8]),
    figure("has no goal", "µs", [8]),
  ];
  const now = [
    of("falls", [12, 12, 12]),
    of("falls within the spread", [11, 11, 11]),
    of("was missed", [14, 14, 14]),
    of("stays", [9, 9, 9]),
    figure("has no goal", "µs", [80]),
    of("is new", [12, 12, 12]),
  ];
  assertEquals(fallen(before, now).map(({ name }) => name), ["falls"]);
});
