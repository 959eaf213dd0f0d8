import { type Figure, figure } from "../figure.ts";
import { memory as memoryOf, newStore, processorMs } from "../process.ts";
import { rounds } from "../rounds.ts";
import type { BenchOptions } from "../section.ts";
import { median, short } from "../numbers.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2025, 0, 1);
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36";

/**
 * Importing access logs: a busy one and a year of a quiet one, compared with GoAccess on the same
 * files.
 */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const logs = [
    { name: "a busy day", lines: options.quick ? 1e5 : 5e5, hours: 24 },
    {
      name: "a quiet year",
      lines: options.quick ? 8_760 : 87_600,
      hours: 8_760,
    },
  ];
  const figures: Figure[] = [];
  for (const { name, lines, hours } of logs) {
    const path = `${options.folder}/import.log`;
    await writeLog(path, lines, hours);
    const times = options.quick ? 1 : 3;
    const ours = await rounds(times, () => importLog(options, path));
    const reading = await rounds(
      times,
      () => importLog(options, path, "--dry-run"),
    );
    const theirs = await rounds(times, () => goAccess(options, path));
    const seconds = ours.map((run) => run.seconds);
    const isQuiet = hours === 8_760;
    figures.push(
      figure(`${name}: ${short(lines)} lines`, "s", seconds, {
        goal: isQuiet && !options.quick ? ["≤", 4] : undefined,
        note: `stored, counted and judged; processor ${
          ours.map((run) => short(run.processor)).join(", ")
        } s`,
      }),
      figure(
        `${name}: lines a second`,
        "",
        seconds.map((each) => lines / each),
        { goal: isQuiet || options.quick ? undefined : ["≥", 250_000] },
      ),
      figure(
        `${name}: reading only (--dry-run)`,
        "s",
        reading.map((run) => run.seconds),
        {
          note: `the start included; ${
            short(lines / median(reading.map((run) => run.seconds)))
          } lines a second`,
        },
      ),
      figure(`${name}: memory at most`, "MB", ours.map((run) => run.memory), {
        goal: ["≤", 150],
      }),
    );
    const known = theirs.filter((run) => run !== null);
    if (known.length === times) {
      figures.push(
        figure(
          `${name}: GoAccess, reading only`,
          "s",
          known.map((run) => run.seconds),
          { note: `memory ${short(known[0]!.memory)} MB` },
        ),
      );
    }
    await Deno.remove(path);
  }
  return figures;
}

interface Run {
  seconds: number;
  /** Processor time, in seconds. */
  processor: number;
  /** In megabytes. */
  memory: number;
}

async function importLog(
  options: BenchOptions,
  path: string,
  ...flags: string[]
): Promise<Run> {
  const task = import.meta.resolve("../../tasks/import_log.ts");
  const kvPath = newStore(options);
  try {
    return (await run(Deno.execPath(), [
      "run",
      "-A",
      "--quiet",
      "--v8-flags=--max-semi-space-size=4,--heap-growing-percent=20",
      task,
      path,
      ...flags,
    ], { KV_PATH: kvPath, GEO_PROVIDER: "off" }))!;
  } finally {
    await Deno.remove(kvPath).catch(() => {});
  }
}

/** Null if it is not installed. */
function goAccess(options: BenchOptions, path: string): Promise<Run | null> {
  const out = `${options.folder}/goaccess.json`;
  return run("goaccess", [
    path,
    "--log-format=COMBINED",
    "--no-global-config",
    "--no-progress",
    "-o",
    out,
  ]);
}

async function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Run | null> {
  const started = performance.now();
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command, {
      args,
      env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  let memory = 0;
  let processor = 0;
  // The kernel keeps the peak; the last value read is used.
  const timer = setInterval(() => {
    try {
      memory = Math.max(memory, memoryOf("VmHWM", child.pid) || 0);
      processor = processorMs(child.pid) / 1_000;
    } catch {
      // It has already ended.
    }
  }, 20);
  const { code } = await child.status;
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return { seconds: (performance.now() - started) / 1_000, processor, memory };
}

async function writeLog(
  path: string,
  lines: number,
  hours: number,
): Promise<void> {
  using file = await Deno.create(path);
  const encoder = new TextEncoder();
  const two = (value: number) => String(value).padStart(2, "0");
  let text = "";
  for (let i = 0; i < lines; i++) {
    const at = new Date(START + Math.floor(i / lines * hours * HOUR));
    const day = `${two(at.getUTCDate())}/${
      MONTHS[at.getUTCMonth()]
    }/${at.getUTCFullYear()}`;
    const clock = at.toISOString().slice(11, 19);
    const n = Math.imul(i, 0x9e3779b1) >>> 0;
    text += `203.0.${n % 64}.${n >>> 8 & 255} - - [${day}:${clock} +0000] ` +
      `"GET /articles/${n % 5_000}?page=${n % 7} HTTP/1.1" ${
        n % 20 === 0 ? 404 : 200
      } ${n % 50_000} ` +
      `"https://www.example.org/list/${n % 300}" "${AGENT} ${n % 40}"\n`;
    if (text.length > 1e6 || i === lines - 1) {
      const bytes = encoder.encode(text);
      for (let done = 0; done < bytes.length;) {
        done += await file.write(bytes.subarray(done));
      }
      text = "";
    }
  }
}
