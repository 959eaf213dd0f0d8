import { assert, assertEquals } from "@std/assert";
import { runTask, type TaskRun, temporaryKvPath } from "../_server.ts";

/** Commands without a report: servers, and those that print a file of another format. */
export const WITHOUT_JSON: ReadonlySet<string> = new Set([
  "start",
  "proxy",
  "completions",
  "man",
]);

/** A KV file for tasks; no server runs. */
export interface TaskBench extends AsyncDisposable {
  kvPath: string;
  folder: string;
  /** Runs a task on the file. */
  run(
    name: string,
    args?: string[],
    options?: { env?: Record<string, string>; stdin?: string },
  ): Promise<TaskRun>;
  /** Runs a task that has to succeed; resolves to its output. */
  ok(name: string, ...args: string[]): Promise<string>;
  /** Everything that is stored, as text. */
  dump(): Promise<string[]>;
}

/** Makes a {@linkcode TaskBench} in a folder of its own. */
export async function taskBench(): Promise<TaskBench> {
  const kvPath = await temporaryKvPath();
  const folder = kvPath.slice(0, kvPath.lastIndexOf("/"));
  const run: TaskBench["run"] = (name, args = [], { env, stdin } = {}) =>
    runTask(name, args, { env: { KV_PATH: kvPath, ...env }, stdin });
  return {
    kvPath,
    folder,
    run,
    async ok(name, ...args) {
      const { code, stdout, stderr } = await run(name, args);
      assertEquals([code, stderr], [0, ""]);
      return stdout;
    },
    async dump() {
      using kv = await Deno.openKv(kvPath);
      return (await Array.fromAsync(kv.list({ prefix: [] }))).map((
        { key, value },
      ) => `${Deno.inspect(key)} ${Deno.inspect(value)}`);
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/**
 * Checks that a task ended this way, with one line on standard error and none on standard output.
 */
export function assertRefused(run: TaskRun, code: 1 | 2, says: string): void {
  assertEquals(run.code, code, run.stderr);
  assertEquals(run.stdout, "");
  const lines = run.stderr.split("\n");
  assertEquals(lines.length, 2, run.stderr);
  assert(lines[0]!.includes(says), `${lines[0]} says ${says}`);
}

/** A line of an access log. */
export function logLine(ip: string, time: string, path = "/"): string {
  return `${ip} - - [${time}] "GET ${path} HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"`;
}
