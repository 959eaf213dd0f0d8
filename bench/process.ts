import type { BenchOptions } from "./section.ts";

/** Memory of a process by kind, in MB, from /proc/PID/smaps. */
export interface Held {
  rss: number;
  /** V8's and Rust's heaps and all other allocations. */
  anonymous: number;
  /** The program, its libraries and mapped files. */
  mapped: number;
}

/** The current memory of a process. */
export function held(pid: number): Held {
  const smaps = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const line = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(smaps)?.[1]) / 1_024;
  const rss = line("Rss");
  const anonymous = line("Anonymous");
  return { rss, anonymous, mapped: rss - anonymous };
}

/** A line of /proc/PID/status, in MB, such as `VmHWM`: the peak memory. */
export function memory(name: "VmHWM" | "VmRSS", pid = Deno.pid): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
}

/** Processor time used by all threads of a process, in ms. */
export function processorMs(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // Field 2 is a name in parentheses, which may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Ticks of 10 ms, as Linux counts for user programs on all platforms.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Runs one of the benchmark's programs in its own process and returns the JSON it prints. */
export async function child<T>(
  file: string,
  args: string[],
  flags: string[] = [],
): Promise<T> {
  const module = new URL(file, import.meta.url).href;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", ...flags, module, ...args],
    stderr: "inherit",
  }).output();
  if (code !== 0) {
    throw new Error(`Cannot run ${file} ${args.join(" ")}: status ${code}`);
  }
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** An unused name for a store in the run's folder. */
export function newStore({ folder }: Pick<BenchOptions, "folder">): string {
  return `${folder}/${crypto.randomUUID()}.db`;
}
