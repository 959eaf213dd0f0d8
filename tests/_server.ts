import { assert } from "@std/assert";

/** A real server in its own process, on a free port and a temporary KV file. */
export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  /** The KV file. */
  kvPath: string;
  /** The one-time link for the first admin, if one was printed. */
  setupLink: string | null;
  pid: number;
  /** Its output until it was ready. */
  greeting: string;
  /** Everything on standard error so far. */
  errors: () => string;
  /** Sends a signal to the process and waits for its end; resolves to its exit status. */
  stop(signal?: Deno.Signal): Promise<Deno.CommandStatus>;
}

/** The options of {@linkcode startServer}. */
export interface TestServerOptions {
  /** Variables in addition to HOST, PORT and KV_PATH. */
  env?: Record<string, string>;
  /** An existing KV file, which is kept; by default, a new one is made and removed. */
  kvPath?: string;
  /** The task with its flags. @default {"start"} */
  task?: string;
  /** The script with its arguments. @default {["tasks/start.ts"]} */
  command?: string[];
  /** The limit of open files and sockets (`ulimit -n`). @default as for this process */
  maxFiles?: number;
  /** The Deno executable. @default the one that runs the tests */
  deno?: string;
}

const ROOT = new URL("../", import.meta.url);
const TASKS: Record<string, string> =
  JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT))).tasks;

/** The flags of `deno task <name>`, including permissions. */
export function flagsOf(name: string): string[] {
  const flags = /\bdeno run (.+) tasks\//.exec(TASKS[name]!)?.[1];
  assert(flags, `${name} runs no file of tasks/`);
  return flags.split(" ");
}

/** A path for a temporary KV file in a folder of its own. */
export async function temporaryKvPath(): Promise<string> {
  return `${await Deno.makeTempDir({ prefix: "portcullis_" })}/kv.db`;
}

/** Variables for programs, packages, and their registry. */
const KEPT = [
  "PATH",
  "HOME",
  "DENO_DIR",
  "NPM_CONFIG_REGISTRY",
  "npm_config_registry",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
];

/** The environment of a task: this process's, without variables that configure the app. */
export function taskEnv(env: Record<string, string>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT) {
    const value = Deno.env.get(name);
    if (value !== undefined) kept[name] = value;
  }
  return { ...kept, ...env };
}

/**
 * Starts the server like `deno task start`. Requires the production build, as under `deno task
 * test`.
 */
export async function startServer(
  options: TestServerOptions = {},
): Promise<TestServer> {
  const kvPath = options.kvPath ?? await temporaryKvPath();
  const command = [
    options.deno ?? Deno.execPath(),
    "run",
    "--quiet",
    ...flagsOf(options.task ?? "start"),
    ...options.command ?? ["tasks/start.ts"],
  ];
  const { maxFiles } = options;
  const child = new Deno.Command(maxFiles ? "sh" : command[0]!, {
    args: maxFiles
      ? ["-c", `ulimit -n ${maxFiles}; exec "$@"`, "sh", ...command]
      : command.slice(1),
    cwd: ROOT,
    clearEnv: true,
    env: taskEnv({
      HOST: "127.0.0.1",
      PORT: "0",
      KV_PATH: kvPath,
      ...options.env,
    }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let errors = "";
  const reading = child.stderr.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (text) => void (errors += text) }));
  let output = "";
  const [head, rest] = child.stdout.tee();
  const draining = rest.pipeTo(new WritableStream());
  const reader = head.pipeThrough(new TextDecoderStream()).getReader();
  while (!/serves on (\S+)[\s\S]*\nReady\.\n/.test(output)) {
    const { value, done } = await reader.read();
    if (done) {
      const [status] = await Promise.all([child.status, reading, draining]);
      const how = `status ${status.code}, signal ${status.signal}`;
      throw new Error(`The server did not start (${how}): ${output}${errors}`);
    }
    output += value;
  }
  await reader.cancel();
  const origin = /serves on (\S+)/.exec(output)?.[1];
  assert(origin, output);

  let ended: Promise<Deno.CommandStatus> | undefined;
  function stop(signal: Deno.Signal = "SIGTERM"): Promise<Deno.CommandStatus> {
    return ended ??= (async () => {
      try {
        child.kill(signal);
      } catch {
        // It has already exited.
      }
      const [status] = await Promise.all([child.status, reading, draining]);
      return status;
    })();
  }
  return {
    origin,
    kvPath,
    setupLink: /^\s*(http\S+\/setup#\S+)$/m.exec(output)?.[1] ?? null,
    pid: child.pid,
    greeting: output,
    errors: () => errors,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (options.kvPath === undefined) {
        await Deno.remove(kvPath.slice(0, kvPath.lastIndexOf("/")), {
          recursive: true,
        });
      }
    },
  };
}

/** The output and exit status of a task. */
export interface TaskRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `tasks/<name>.ts` like `deno task`, with the given arguments and variables. */
export async function runTask(
  name: string,
  args: string[],
  { env = {}, stdin = "", deno = Deno.execPath() }: {
    env?: Record<string, string>;
    stdin?: string;
    /** The Deno executable. @default the one that runs the tests */
    deno?: string;
  } = {},
): Promise<TaskRun> {
  const child = new Deno.Command(deno, {
    args: [
      "run",
      "--quiet",
      ...flagsOf(name),
      `tasks/${name.replaceAll("-", "_")}.ts`,
      ...args,
    ],
    cwd: ROOT,
    clearEnv: true,
    env: taskEnv(env),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
