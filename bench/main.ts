/** `deno task bench`: measures Portcullis' cost and capacity, with goals. */
import { fail, parseTaskArgs, usageError } from "../tasks/_cli.ts";
import { fallen } from "./fallen.ts";
import { type Figure, table } from "./figure.ts";
import { requireWrk } from "./load.ts";
import { machine } from "./machine.ts";
import { LONG, SECTIONS } from "./section.ts";

const USAGE =
  "deno task bench [SECTION…] [--all] [--quick] [--only guard,login]";
const { quick, all, only, positional } = parseTaskArgs({
  usage: USAGE,
  about:
    "Measures what the guard costs and what the app bears, and says which goals are met. Ratios " +
    "are measured side by side: by turns on the same machine, medians, with half the distance " +
    "of the rounds' quartiles as the spread. It takes about 15 minutes, wants a quiet machine " +
    "and writes bench/results.json; a goal that was met there and is missed by more than the " +
    "spread ends it with status 1. Needs wrk; Linux.",
  flags: {
    all: "every section, also those that take minutes each: about 35",
    quick: "fewer rounds and smaller sizes, about a minute; writes no file",
  },
  options: { only: ["SECTIONS", "some of the sections, with commas between"] },
  positional: {
    min: 0,
    max: Object.keys(SECTIONS).length,
    what: "names of sections",
  },
  more: "Sections:\n" +
    Object.entries(SECTIONS).map(([name, about]) =>
      `  ${name.padEnd(10)} ${about}${LONG.includes(name) ? " (--all)" : ""}`
    ).join("\n"),
});
const asked = [...positional, ...only?.split(",") ?? []];
const names = asked.length > 0
  ? asked
  : Object.keys(SECTIONS).filter((name) => all || !LONG.includes(name));
for (const name of names) {
  if (!Object.hasOwn(SECTIONS, name)) {
    usageError(`Unknown section "${name}"`, USAGE);
  }
}
if (Deno.build.os !== "linux") fail("Cannot measure here: expected Linux");
await requireWrk();

interface Outcome {
  about: string;
  seconds: number;
  figures: Figure[];
}

const folder = await Deno.makeTempDir({ prefix: "portcullis_bench_" });
const results: Record<string, Outcome> = {};
const failed: string[] = [];
let section: Deno.ChildProcess | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    section?.kill("SIGKILL");
    Deno.removeSync(folder, { recursive: true });
    Deno.exit(1);
  });
}
const about = await machine();
console.log(
  `${about.cores} cores, ${about.processor}, Deno ${about.deno}` +
    (quick ? "; quick: small sizes, few rounds, not to be quoted" : ""),
);
try {
  for (const name of names) {
    const started = performance.now();
    const figures = await run(name);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    console.log(`\n${name}: ${SECTIONS[name]} (${seconds} s)`);
    if (figures === null) {
      failed.push(name);
      console.log("  could not be measured");
      continue;
    }
    console.log(table(figures));
    results[name] = { about: SECTIONS[name]!, seconds, figures };
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

const judged = Object.values(results).flatMap(({ figures }) => figures)
  .filter(({ met }) => met !== null);
const short = judged.filter(({ met }) => !met);
console.log(
  `\n${judged.length - short.length} of ${judged.length} goals are met` +
    (short.length > 0
      ? `; these fall short: ${short.map(({ name }) => name).join("; ")}`
      : ""),
);
const lost = quick ? [] : await save();
if (lost.length > 0) {
  console.error(
    `Met at the last run, and missed by more than the spread now: ${
      lost.map(({ name }) => name).join("; ")
    }`,
  );
}
if (failed.length > 0) {
  console.error(`Cannot measure ${failed.join(", ")}`);
}
if (lost.length + failed.length > 0) Deno.exit(1);

async function run(name: string): Promise<Figure[] | null> {
  const program = import.meta.resolve("./run_section.ts");
  section = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      program,
      name,
      folder,
      ...quick ? ["--quick"] : [],
    ],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const { code } = await section.status;
  if (code !== 0) return null;
  return JSON.parse(await Deno.readTextFile(`${folder}/${name}.json`));
}

/** More digits than the spread allows mean nothing. */
function shortened(_: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(6)) : value;
}

/**
 * Sections that were not measured now keep the results of an earlier run. Returns the goals that
 * were met then and are missed now.
 */
async function save(): Promise<Figure[]> {
  const file = new URL("results.json", import.meta.url);
  const date = new Date().toISOString();
  const before = await Deno.readTextFile(file).then(JSON.parse, () => ({}));
  const sections = Object.fromEntries(
    Object.keys(SECTIONS).flatMap((name) => {
      const result = results[name]
        ? { date, ...about, ...results[name] }
        : before.sections?.[name];
      return result ? [[name, result]] : [];
    }),
  );
  const run = { unit_of_spread: "half the distance of the quartiles" };
  const text = JSON.stringify({ ...run, sections }, shortened, 2)
    .replace(/\[[\d\s.,e-]+\]/g, (numbers) => numbers.replaceAll(/\s+/g, " "));
  await Deno.writeTextFile(file, text);
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "-q", file.pathname],
  })
    .output();
  return Object.entries(results).flatMap(([name, { figures }]) =>
    fallen(before.sections?.[name]?.figures ?? [], figures)
  );
}
