import { median, short, spread } from "./numbers.ts";

/** The goal of a figure's median. */
export type Goal = [is: "≤" | "<" | "≥", value: number];

/** One row of the benchmark's table. */
export interface Figure {
  name: string;
  /** `×` for a ratio of two things measured alternately. */
  unit: string;
  /** The results of all rounds. */
  rounds: number[];
  median: number;
  /** Half the distance between the rounds' quartiles; 0 for a single round. */
  spread: number;
  goal?: Goal;
  /** Null if there is no goal. */
  met: boolean | null;
  /** Further information, such as the numbers behind a ratio. */
  note?: string;
}

/** Makes a row from the rounds' results; the median is compared with the goal. */
export function figure(
  name: string,
  unit: string,
  rounds: number | readonly number[],
  { goal, note }: { goal?: Goal; note?: string } = {},
): Figure {
  const all = typeof rounds === "number" ? [rounds] : [...rounds];
  const middle = median(all);
  return {
    name,
    unit,
    rounds: all,
    median: middle,
    spread: spread(all),
    goal,
    met: goal ? meets(middle, goal) : null,
    note,
  };
}

function meets(value: number, [is, limit]: Goal): boolean {
  switch (is) {
    case "≤":
      return value <= limit;
    case "<":
      return value < limit;
    case "≥":
      return value >= limit;
  }
}

/** The lines of a section's table. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, rounds, goal, met, ...figure }) => [
    name,
    `${short(figure.median)}${unit === "×" ? "" : " "}${unit}`,
    rounds.length > 1 ? `±${short(figure.spread)}` : "",
    goal ? `${goal[0]} ${short(goal[1])}` : "",
    met === null ? "" : met ? "met" : "falls short",
    figure.note ?? "",
  ]);
  // The last column, the notes, is not padded.
  const width = (column: number) =>
    Math.max(...rows.map((cells) => cells[column]!.length));
  const widths = [0, 1, 2, 3, 4].map(width);
  return rows.map((cells) =>
    "  " +
    cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd()
  ).join("\n");
}
