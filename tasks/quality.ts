/**
 * `deno task quality`: which share of known attacks is detected, and of harmless requests is
 * flagged.
 */
import {
  type QualityRow,
  section,
  SECTIONS,
  shortfalls,
  table,
} from "../quality/section.ts";
import { parseTaskArgs } from "./_cli.ts";

const { json } = parseTaskArgs({
  usage: "deno task quality [--json]",
  about:
    "Evaluates labelled requests and logs in tests/data, and prints what is detected by family; ends with status 1 if detection or false positives are worse than required.",
  flags: { json: "print JSON" },
});

const measured: { name: string; about: string; rows: QualityRow[] }[] = [];
for (const name of SECTIONS) {
  const { about, measure } = await section(name);
  measured.push({ name, about, rows: await measure() });
}
if (json) console.log(JSON.stringify(measured, null, 2));
else {
  console.log(
    measured.map(({ name, about, rows }) => `${name}: ${about}\n${table(rows)}`)
      .join("\n\n"),
  );
}
const short = measured.flatMap(({ rows }) => shortfalls(rows));
if (short.length > 0) {
  console.error(`Below the goal: ${short.join("; ")}`);
  Deno.exit(1);
}
