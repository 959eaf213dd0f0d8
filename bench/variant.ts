import { installOther, OTHERS } from "./others.ts";

/** A server of the benchmark in a process of its own. */
export interface Variant {
  origin: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts `serve.ts <name>`, or one of the others, and waits until it listens. */
export async function startVariant(name: string): Promise<Variant> {
  const folder = OTHERS.includes(name) ? await installOther(name) : undefined;
  const serve = new URL("serve.ts", import.meta.url).pathname;
  const child = new Deno.Command(folder ? "node" : Deno.execPath(), {
    args: folder ? ["server.mjs"] : ["run", "-A", "--quiet", serve, name],
    cwd: folder,
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
  return {
    origin: `http://127.0.0.1:${output.trim()}`,
    pid: child.pid,
    async stop() {
      child.kill("SIGTERM");
      await reader.cancel();
      await child.status;
      if (folder) await Deno.remove(folder, { recursive: true });
    },
  };
}
