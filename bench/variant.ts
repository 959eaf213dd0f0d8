import { flagsOf } from "../tests/_server.ts";
import { installOther, OTHERS } from "./others.ts";

/** As in the product. */
const V8_FLAGS = flagsOf("start").filter((flag) =>
  flag.startsWith("--v8-flags")
);

/** A server of the benchmark in its own process. */
export interface Variant extends AsyncDisposable {
  origin: string;
  pid: number;
  /** Time to open its store and lists, in ms. */
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
    // The server ends when it closes: a killed section leaves nothing running.
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
        // It has already ended; the caller has reported that.
      }
      await child.stdin.close();
      await reader.cancel();
      await child.status;
      if (folder) await Deno.remove(folder, { recursive: true });
    },
  };
}
