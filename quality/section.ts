/** One line of the table: what of one kind of material was found, or flagged for nothing. */
export interface QualityRow {
  /** A family of attacks, or where harmless traffic comes from. */
  name: string;
  /** How many should be found; and how many were. */
  attacks?: Share;
  /** How many should not; and how many were. */
  harmless?: Share;
}

/** So many of so many. */
export interface Share {
  found: number;
  of: number;
  /** What the share must be: at least, of attacks, and at most, of harmless traffic. */
  limit?: number;
}

/** What each file in `sections/` exports. */
export interface QualitySection {
  /** What the section judges, and by what. */
  about: string;
  measure(): Promise<QualityRow[]>;
}

/** The sections in their order, by the names of their files. */
export const SECTIONS = ["requests", "innocent_requests", "findings"] as const;

/** Reads a section. */
export async function section(name: string): Promise<QualitySection> {
  return await import(`./sections/${name}.ts`);
}

/** What falls short of its limit, as sentences. */
export function shortfalls(rows: readonly QualityRow[]): string[] {
  return rows.flatMap(({ name, attacks, harmless }) => [
    ...attacks?.limit !== undefined && share(attacks) < attacks.limit
      ? [
        `${name}: ${attacks.found} of ${attacks.of} attacks are found, at least ${
          percent(attacks.limit)
        } should be`,
      ]
      : [],
    ...harmless?.limit !== undefined && share(harmless) > harmless.limit
      ? [
        `${name}: ${harmless.found} of ${harmless.of} harmless are flagged, at most ${
          percent(harmless.limit)
        } should be`,
      ]
      : [],
  ]);
}

/** The lines of a section's table. */
export function table(rows: readonly QualityRow[]): string {
  const cells = [
    ["", "attacks found", "", "", "harmless flagged", "", ""],
    ...rows.map(({ name, attacks, harmless }) => [
      name,
      ...shareCells(attacks, "≥"),
      ...shareCells(harmless, "≤"),
    ]),
  ];
  const widths = cells[0]!.map((_, column) =>
    Math.max(...cells.map((row) => row[column]!.length))
  );
  return cells.map((row) =>
    "  " + row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")
      .trimEnd()
  ).join("\n");
}

function shareCells(
  of: Share | undefined,
  sign: string,
): [string, string, string] {
  if (of === undefined || of.of === 0) return ["", "", ""];
  return [
    `${of.found} of ${of.of}`,
    percent(share(of)),
    of.limit === undefined ? "" : `${sign} ${percent(of.limit)}`,
  ];
}

function share({ found, of }: Share): number {
  return of === 0 ? 0 : found / of;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
