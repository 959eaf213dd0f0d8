import { flagsOf } from "../tests/_server.ts";
import { installOther, OTHERS } from "./others.ts";

/** As the product has them. */
const V8_FLAGS = flagsOf("start").filter((flag) =>
  flag.startsWith("--v8-flags")
);

/** A server of the benchmark in a process of its own. */
export interface Variant extends AsyncDisposable {
  origin: string;
  pid: number;
  /** How long its store and lists took to open, in ms. */
  openedMs: number;
}

/**
 * Starts `serve.ts <name>` with settings, or one of the others (`express`, `express_plain` without
 * limiter and log), and waits until it listens.
 */
export async function startVariant(
  name: string,
  settings: Record<string, string> = {},
): Promise<Variant> {
  const [other = "", ...how] = name.split("_");
  const folder = OTHERS.includes(other) ? await installOther(other) : undefined;
  const serve = import.meta.resolve("./serve.ts");
  const set = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  const child = new Deno.Command(folder ? "node" : Deno.execPath(), {
    args: folder
      ? ["server.mjs", ...how]
      : ["run", "-A", "--quiet", ...V8_FLAGS, serve, name, ...set],
    cwd: folder,
    // Its end is the server's: a section that is killed leaves nothing running.
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let output = "";
  while (!output.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Cannot start variant "${name}"`);
    output += value;
  }
  const { port, opened_ms = 0 } = JSON.parse(output);
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: child.pid,
    openedMs: opened_ms,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended by itself; whoever asked it has said so.
      }
      await child.stdin.close();
      await reader.cancel();
      await child.status;
      if (folder) await Deno.remove(folder, { recursive: true });
    },
  };
}
