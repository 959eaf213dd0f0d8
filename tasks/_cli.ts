import { messageOf } from "../lib/base/error_words.ts";
import { parseArgs } from "@std/cli/parse-args";
import { denoProblem } from "../lib/base/deno_version.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import { VERSION } from "../lib/base/version.ts";

/** The arguments of a task, and its help. */
export interface TaskSpec<
  S extends string = string,
  B extends string = string,
> {
  /** The usage line, e.g. `deno task unblock-ip <ip or cidr>`. */
  usage: string;
  /** One sentence. */
  about: string;
  /** Options with a value and their descriptions, e.g. `{ reason: ["TEXT", "why"] }`. */
  options?: Record<S, [value: string, help: string]>;
  /** Options without a value. */
  flags?: Record<B, string>;
  /** The allowed number of positional arguments. */
  positional?: { min: number; max: number; what: string };
  /** Further text of `--help`. */
  more?: string;
}

/** A task's arguments. */
export type TaskArgs<S extends string, B extends string> =
  & { [K in S]?: string }
  & { [K in B]: boolean }
  & { positional: string[] };

/**
 * Parses a task's arguments. `--help` prints the help and ends with 0; unknown, missing or surplus
 * arguments end with 2 and one line that says what was expected.
 */
export function parseTaskArgs<
  S extends string = never,
  B extends string = never,
>(
  spec: TaskSpec<S, B>,
  args: readonly string[] = taskArgs(),
): TaskArgs<S, B> {
  if (onSpec !== null) {
    onSpec(spec as TaskSpec);
    throw new Error("it is a flag");
  }
  const options = Object.keys(spec.options ?? {}) as S[];
  const flags = Object.keys(spec.flags ?? {}) as B[];
  let unknown: string | undefined;
  const tooOld = denoProblem(Deno.version.deno);
  if (tooOld !== null) fail(tooOld);
  isJson = flags.includes("json" as B) && args.includes("--json");
  const parsed = parseArgs(args, {
    string: ["_", ...options as string[]],
    boolean: ["help", "version", ...flags as string[]],
    alias: { help: "h" },
    unknown(arg, key) {
      if (key === undefined && !(arg.startsWith("-") && arg.length > 1)) {
        return true;
      }
      unknown ??= arg;
      return false;
    },
  }) as Record<string, unknown> & { _: (string | number)[] };
  if (parsed.help) {
    console.log(helpText(spec));
    Deno.exit(0);
  }
  if (parsed.version) {
    printVersion();
    Deno.exit(0);
  }
  if (unknown !== undefined) {
    usageError(`Unknown option ${unknown}`, spec.usage);
  }
  for (const name of options) {
    const given = args.filter((arg) =>
      arg === `--${name}` || arg.startsWith(`--${name}=`)
    ).length;
    if (given > 1) {
      usageError(`--${name} was given more than once`, spec.usage);
    }
    if (given === 1 && !parsed[name]) {
      usageError(`--${name} needs a value`, spec.usage);
    }
  }
  const positional = parsed._.map(String);
  const { min, max, what } = spec.positional ??
    { min: 0, max: 0, what: "no arguments" };
  if (positional.length < min || positional.length > max) {
    usageError(
      `Got ${positional.length} ${
        positional.length === 1 ? "argument" : "arguments"
      }, expected ${what}`,
      spec.usage,
    );
  }
  return { ...parsed, positional } as unknown as TaskArgs<S, B>;
}

/** The arguments of a command called by name; null for a task. */
let ofProgram: readonly string[] | null = null;

/** Sets the arguments; from here on commands are the program's. */
export function beginProgram(args: readonly string[]): void {
  ofProgram = args;
}

/** Whether a command was called by name, not run as a task. */
export function isProgram(): boolean {
  return ofProgram !== null;
}

function taskArgs(): readonly string[] {
  return ofProgram ?? Deno.args;
}

/** The usage as the user types it. */
function asCalled(usage: string): string {
  return isProgram() ? usage.replace(/^deno task/, "portcullis") : usage;
}

/** Prints the version. */
export function printVersion(): void {
  console.log(`portcullis ${VERSION}`);
}

/** Whether errors are printed as JSON, because of `--json`. */
let isJson = false;

/** Prints one line on standard error: a sentence, or with `--json` an object that contains it. */
export function printError(message: string, usage?: string): void {
  console.error(
    isJson ? printableJson({ error: message, usage }, 0) : escapeControl(
      usage === undefined ? message : `${message}. Usage: ${usage}`,
    ),
  );
}

/** Prints a command's result: JSON if requested, otherwise lines of text. */
export function printResult(
  { json }: { json: boolean },
  result: unknown,
  lines: readonly string[],
): void {
  if (json) console.log(printableJson(result));
  else for (const line of lines) console.log(escapeControl(line));
}

/** Set if a command is only to describe its arguments. */
let onSpec: ((spec: TaskSpec) => void) | null = null;

/** From here on commands only describe their arguments and do not run. */
export function onlyDescribe(tell: (spec: TaskSpec) => void): void {
  onSpec = tell;
}

/** Ends with status 2 and one line. */
export function usageError(message: string, usage: string): never {
  printError(message, asCalled(usage));
  Deno.exit(2);
}

/** Ends with status 1 and one line. */
export function fail(error: unknown): never {
  const message = messageOf(error);
  printError(message.split("\n", 1)[0]!);
  Deno.exit(1);
}

function helpText<S extends string, B extends string>(
  spec: TaskSpec<S, B>,
): string {
  const rows: [string, string][] = [];
  for (
    const [name, [value, help]] of Object.entries<[string, string]>(
      spec.options ?? {},
    )
  ) {
    rows.push([`--${name} ${value}`, help]);
  }
  for (const [name, help] of Object.entries<string>(spec.flags ?? {})) {
    rows.push([`--${name}`, help]);
  }
  rows.push(["-h, --help", "this text"], [
    "--version",
    "which version this is",
  ]);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [
    `Usage: ${asCalled(spec.usage)}`,
    "",
    spec.about,
    "",
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`),
    ...(spec.more ? ["", spec.more] : []),
  ].join("\n");
}
