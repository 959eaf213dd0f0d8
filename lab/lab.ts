import { type Actor, BROWSER } from "./actor.ts";
import { pathOfProgram } from "./programs.ts";
import type { Outcome, Part } from "./stage.ts";

/** What is missing of what an actor needs. */
export async function missingFor({ needs }: Actor): Promise<string[]> {
  const missing = [];
  for (const name of needs) {
    if (await pathOfProgram(name) === null) missing.push(name);
  }
  return missing;
}

/** Every way in which a tool is let loose: both places, under its own name and a browser's. */
export function partsOf(tool: Actor, number: number): Part[] {
  const parts: Part[] = [];
  for (const where of ["proxy", "app"] as const) {
    if (tool.only !== undefined && tool.only !== where) continue;
    for (const agent of [null, BROWSER]) {
      const address = `198.51.${number}.${parts.length * 50 + 7}`;
      parts.push({ actor: tool, where, agent, address });
    }
  }
  return parts;
}

/** An innocent, who goes to the shop only. */
export function innocentPart(actor: Actor, number: number): Part {
  const address = `203.0.${number}.9`;
  return { actor, where: "proxy", agent: null, address };
}

/**
 * What is not as it should be, as sentences.
 *
 * @param within After how many seconds an attacker has to be found.
 */
export function failures(
  attackers: readonly Outcome[],
  innocents: readonly Outcome[],
  within = 60,
): string[] {
  const wrong: string[] = [];
  for (const { name, where, as, found, stopped } of attackers) {
    const who = `${name} as ${as} at the ${where}`;
    if (found === null) wrong.push(`${who} was not found`);
    else if (found > within) wrong.push(`${who} was found after ${found} s`);
    if (stopped === null) wrong.push(`${who} was not stopped`);
  }
  for (const { name, found, stopped, severity, rules } of innocents) {
    if (found === null && stopped === null && severity === null) continue;
    wrong.push(`${name} was taken for an attacker: ${rules.join(", ")}`);
  }
  return wrong;
}

/** The lines of a table. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = [
    ["", "at", "as", "requests", "found after", "stopped after", "by"],
    ...outcomes.map((one) => [
      one.name,
      one.where,
      one.as,
      String(one.requests),
      one.found === null ? "-" : `${one.found} s`,
      one.stopped === null ? "-" : `${one.stopped} s`,
      one.severity === null ? "" : `${one.severity}: ${one.rules.join(", ")}`,
    ]),
  ];
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()
  ).join("\n");
}
