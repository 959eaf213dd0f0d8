/** A web app in another language, in its own process. */
export interface UpstreamApp extends AsyncDisposable {
  url: string;
}

const PROGRAMS = { node: "_upstream.mjs", python3: "_upstream.py" };

/** A web app for {@linkcode startUpstream}. */
export type UpstreamName = keyof typeof PROGRAMS;

/** Whether a program is installed. */
export async function isInstalled(program: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args: ["--version"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** Starts the app that `name` runs. */
export async function startUpstream(name: UpstreamName): Promise<UpstreamApp> {
  const child = new Deno.Command(name, {
    args: [new URL(PROGRAMS[name], import.meta.url).pathname],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  return {
    url: `http://127.0.0.1:${value?.trim()}`,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has already exited.
      }
      await reader.cancel();
      await child.status;
    },
  };
}
