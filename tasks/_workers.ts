import type { Config } from "../lib/settings/config.ts";
import { superviseWorkers, workerCount } from "../lib/app/workers.ts";
import { fail } from "./_cli.ts";

/** Flags and permissions of all workers, to which a task's own are added; never to run programs. */
const FLAGS = [
  "--unstable-kv",
  "--unstable-cron",
  "--unstable-net",
  "--v8-flags=--max-semi-space-size=16",
  "--allow-net",
  "--allow-env",
  "--allow-read",
  "--allow-write",
];

/**
 * If `WORKERS` is above 1, starts as many serving processes and ends with them. Otherwise
 * continues, without the permission to run programs.
 */
export async function serveByWorkers(
  { workers, kvPath, host, port, shutdownDeadline }: Config,
  flags: readonly string[],
): Promise<void> {
  let count: number;
  try {
    count = workerCount({ workers, kvPath });
  } catch (error) {
    fail(error as Error);
  }
  if (count === 1) {
    await Deno.permissions.revoke({ name: "run" });
    return;
  }
  const status = await superviseWorkers({
    ...{ count, host, port },
    command: [Deno.mainModule, ...Deno.args],
    flags: [...FLAGS, ...flags],
    deadlineMs: shutdownDeadline,
  });
  Deno.exit(status);
}
