/** `deno task mutants`: how many small faults in the pure modules the tests detect. */
import { fileURLToPath } from "node:url";
import { mutantsOf, mutated } from "../tests/mutants/mutate.ts";
import { fail, parseTaskArgs, usageError } from "./_cli.ts";

const FOLDERS = ["base", "net", "limits", "lists", "detection"];
/** A mutant that never ends is detected, too: after this, or four times as long as without it. */
const DEADLINE_MS = 120_000;

const USAGE = "deno task mutants [folder…] [--sample N] [--seed N]";
const args = parseTaskArgs({
  usage: USAGE,
  about:
    "Mutation testing: changes lib in a copy, one small fault at a time, and runs the tests of the folder. The score is the share of faults that make a test fail. Takes minutes to hours.",
  options: {
    sample: ["N", "how many random faults per folder; 0 for all (40)"],
    seed: ["N", "the seed of the random choice (1)"],
  },
  positional: { min: 0, max: FOLDERS.length, what: "folders of lib" },
  more: `Folders: ${FOLDERS.join(", ")}.`,
});

const sample = count("sample", args.sample ?? "40");
const seed = count("seed", args.seed ?? "1");
for (const folder of args.positional) {
  if (!FOLDERS.includes(folder)) {
    usageError(`Unknown folder ${folder}`, USAGE);
  }
}

function count(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    usageError(`Cannot read --${name} ${text}: expected a number`, USAGE);
  }
  return Number(text);
}

const root = new URL("../", import.meta.url);
const copy = await Deno.makeTempDir({ prefix: "portcullis_mutants_" });
let failure: unknown = null;
try {
  await copyTree(fileURLToPath(root), copy);
  for (const folder of args.positional.length ? args.positional : FOLDERS) {
    await judge(folder);
  }
} catch (error) {
  failure = error;
} finally {
  await Deno.remove(copy, { recursive: true });
}
if (failure !== null) fail(failure);

interface Case {
  path: string;
  source: string;
  mutant: ReturnType<typeof mutantsOf>[number];
}

async function judge(folder: string): Promise<void> {
  // A test that fails by itself would detect every mutant.
  const began = performance.now();
  if (!await passes(`lib/${folder}/`, folder, Infinity)) {
    throw new Error(
      `Cannot mutate lib/${folder}: expected its tests to pass as they are`,
    );
  }
  const deadline = Math.max(DEADLINE_MS, 4 * (performance.now() - began));
  const cases: Case[] = [];
  for (const path of await filesIn(`lib/${folder}`)) {
    const source = await Deno.readTextFile(`${copy}/${path}`);
    for (const mutant of mutantsOf(source)) {
      cases.push({ path, source, mutant });
    }
  }
  const drawn = sample === 0 ? cases : draw(cases, sample);
  let noticed = 0;
  for (const each of drawn) {
    const { path, source, mutant } = each;
    await Deno.writeTextFile(`${copy}/${path}`, mutated(source, mutant));
    const isNoticed = !await passes(path, folder, deadline);
    await Deno.writeTextFile(`${copy}/${path}`, source);
    if (isNoticed) noticed++;
    else {
      const was = source.slice(mutant.start, mutant.end).split("\n")[0];
      console.log(
        `${path}:${mutant.line} survives: ${was} became ${
          mutant.text || "nothing"
        }`,
      );
    }
  }
  const score = Math.round(100 * noticed / Math.max(1, drawn.length));
  console.log(
    `lib/${folder}: ${noticed} of ${drawn.length} noticed (${score} %), of ${cases.length} there are`,
  );
}

/** The test of the same name first: it detects most, and is fast. */
async function passes(
  path: string,
  folder: string,
  deadlineMs: number,
): Promise<boolean> {
  const named = path.replace(/^lib/, "tests").replace(/\.ts$/, "_test.ts");
  const tests = path.endsWith(".ts") && await exists(`${copy}/${named}`)
    ? [named, `tests/${folder}`]
    : [`tests/${folder}`];
  for (const test of tests) {
    const command = new Deno.Command("deno", {
      args: ["test", "-A", "--quiet", "--no-check", "--fail-fast", test],
      cwd: copy,
      stdout: "null",
      stderr: "null",
    });
    const child = command.spawn();
    const timer = setTimeout(
      () => child.kill("SIGKILL"),
      Math.min(deadlineMs, 2 ** 31 - 1),
    );
    const { success } = await child.status;
    clearTimeout(timer);
    if (!success) return false;
  }
  return true;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${copy}/${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await filesIn(path));
    else if (name.endsWith(".ts") && name !== "mod.ts") found.push(path);
  }
  return found.sort();
}

/** Draws without replacement, the same for the same seed (mulberry32). */
function draw<T>(from: readonly T[], many: number): T[] {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const pool = [...from];
  const drawn: T[] = [];
  while (drawn.length < many && pool.length > 0) {
    const at = Math.floor(random() * pool.length);
    drawn.push(pool[at]!);
    pool[at] = pool.at(-1)!;
    pool.pop();
  }
  return drawn;
}

async function copyTree(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if ([".git", "data", "node_modules", "coverage"].includes(name)) continue;
    const source = `${from}/${name}`;
    const target = `${to}/${name}`;
    if (isDirectory) {
      await Deno.mkdir(target);
      await copyTree(source, target);
    } else await Deno.copyFile(source, target);
  }
}
