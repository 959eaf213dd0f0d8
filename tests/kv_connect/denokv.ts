/**
 * The real denokv, if installed: named by `DENOKV`, in the `PATH`, or where `.ci/run` installs it.
 *
 * @module
 */
import { delay } from "../../lib/base/delay.ts";
import { TOKEN } from "./server.ts";

/** A running denokv over a SQLite file of its own. */
export interface Denokv extends AsyncDisposable {
  /** The URL for `Deno.openKv`; the token is `TOKEN`. */
  url: string;
  port: number;
  /** Ends the process by a signal and starts another one on the same file and port. */
  restart(signal: Deno.Signal): Promise<void>;
}

/** The path of denokv, or null. */
export const DENOKV: string | null = findDenokv();

/** The suffix of the names of skipped denokv tests. */
export const HINT = DENOKV === null ? " (needs denokv: set DENOKV)" : "";

function findDenokv(): string | null {
  const named = Deno.env.get("DENOKV");
  if (named) return named;
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? (home && `${home}/.cache`);
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  if (cache) folders.push(`${cache}/portcullis/denokv/bin`);
  for (const folder of folders) {
    try {
      if (Deno.statSync(`${folder}/denokv`).isFile) return `${folder}/denokv`;
    } catch {
      // Not there.
    }
  }
  return null;
}

/** Starts denokv on a free port of the loopback address. */
export async function startDenokv(): Promise<Denokv> {
  const folder = await Deno.makeTempDir({ prefix: "denokv_" });
  const port = freePort();
  let child = await start(folder, port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async restart(signal) {
      child.kill(signal);
      await child.status;
      child = await start(folder, port);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function start(folder: string, port: number): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(DENOKV!, {
    args: [
      `--sqlite-path=${folder}/kv.sqlite`,
      "serve",
      `--access-token=${TOKEN}`,
      `--addr=127.0.0.1:${port}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let isOver = false;
  child.status.then(() => isOver = true);
  while (!isOver) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return child;
    } catch {
      await delay(20);
    }
  }
  throw new Error(`Cannot start ${DENOKV}: it ended at once`);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
