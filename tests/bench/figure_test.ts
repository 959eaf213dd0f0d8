import { assertEquals } from "@std/assert";
import { figure, table } from "../../bench/figure.ts";

Deno.test("bench: a goal is judged by the median", () => {
  const cases = [
    [[1, 0.79, 0.8], ["≥", 0.8], true],
    [[0.79], ["≥", 0.8], false],
    [[3], ["≤", 3], true],
    [[1], ["<", 1], false],
    [[NaN], ["≥", 0], false],
    [[], ["≤", 1], false],
  ] as const;
  for (const [rounds, goal, met] of cases) {
    assertEquals(figure("x", "×", rounds, { goal: [...goal] }).met, met);
  }
  assertEquals(figure("x", "×", 1).met, null);
});

Deno.test("bench: a row has the median, the spread, the goal and the verdict", () => {
  const rows = [
    figure("guarded ÷ unguarded", "×", [0.8, 0.9, 0.85], {
      goal: ["≥", 0.8],
      note: "a note",
    }),
    figure("lag", "ms", 210, { goal: ["<", 200] }),
    figure("read", "s", 1),
  ];
  assertEquals(table(rows).split("\n"), [
    "  guarded ÷ unguarded  0.85×   ±0.025  ≥ 0.8  met          a note",
    "  lag                  210 ms          < 200  falls short",
    "  read                 1 s",
  ]);
});
