/** The machine and versions of a measurement. */
export interface Machine {
  cores: number;
  processor: string;
  memory_gb: number;
  system: string;
  deno: string;
  v8: string;
  commit: string | null;
}

/** Reads this machine's data and versions. */
export async function machine(): Promise<Machine> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  return {
    cores: navigator.hardwareConcurrency,
    processor: /^model name\s*: (.+)$/m.exec(info)?.[1] ?? Deno.build.arch,
    memory_gb: Math.round(Deno.systemMemoryInfo().total / 1024 ** 3),
    system: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    commit: await commit(),
  };
}

async function commit(): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["rev-parse", "--short", "HEAD"],
      cwd: new URL(".", import.meta.url),
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}
