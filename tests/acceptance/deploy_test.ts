import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseConfig } from "../../lib/settings/config.ts";
import { flagsOf, taskEnv, temporaryKvPath } from "../_server.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const read = (path: string) => Deno.readTextFile(`${ROOT}${path}`);

/** The command of each way to deploy, and its paths for app and data. */
const WAYS = {
  "Dockerfile": {
    app: "/app",
    data: "/data",
    async command(): Promise<string[]> {
      const text = await read("Dockerfile");
      const array = (name: string) =>
        JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, "m").exec(text)![1]!);
      return [...array("ENTRYPOINT"), ...array("CMD")];
    },
  },
  "deploy/portcullis.service": {
    app: "/opt/portcullis",
    data: "/var/lib/portcullis",
    async command(): Promise<string[]> {
      const text = await read("deploy/portcullis.service");
      return /^ExecStart=(.*)$/m.exec(text)![1]!.split(" ");
    },
  },
};

/** Code outside of the app's folder: the packages, and a linked checkout of Fresh. */
async function codeElsewhere(): Promise<string[]> {
  const { links = [] } = JSON.parse(await read("deno.json"));
  return [
    await denoDir(),
    ...links.filter((link: string) => link.startsWith("/")),
  ];
}

/** The folder of npm packages, which both include in the app's own. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** Runs a server until `check` is done; resolves to its exit status. */
async function running(
  command: string,
  args: string[],
  env: Record<string, string>,
  check: (origin: string) => Promise<void>,
): Promise<number> {
  const child = new Deno.Command(command, {
    args,
    cwd: ROOT,
    clearEnv: true,
    env: taskEnv({ HOST: "127.0.0.1", PORT: "0", ...env }),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let errors = "";
  const reading = child.stderr.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (text) => void (errors += text) }));
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("Ready.\n")) {
    const { value, done } = await output.read();
    if (done) break;
    text += value;
  }
  try {
    const origin = /serves on (\S+)/.exec(text)?.[1];
    if (origin === undefined) await reading;
    assert(origin, text + errors);
    await check(origin);
  } finally {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has already exited.
    }
    await output.cancel();
    await reading;
  }
  return (await child.status).code;
}

async function usesItAll(origin: string): Promise<void> {
  for (const path of ["/", "/login", "/styles.css", "/healthz"]) {
    const response = await fetch(`${origin}${path}`);
    await response.body?.cancel();
    assertEquals(response.status, 200, path);
  }
  const signup = await fetch(`${origin}/api/signup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      username: "ann",
      password: "correct horse battery",
    }),
  });
  const { token } = await signup.json();
  assertEquals(signup.status, 201);
  const me = await fetch(`${origin}/api/me`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assertEquals((await me.json()).username, "ann");
}

for (const [name, { app, data, command }] of Object.entries(WAYS)) {
  Deno.test(`deploy: ${name} gives the server no more than it needs, and enough`, async () => {
    const [, ...args] = await command();
    const v8Flags = (flags: string[]) =>
      flags.filter((flag) => flag.startsWith("--v8-flags"));
    assertEquals(v8Flags(args), v8Flags(flagsOf("start")));
    const permissions = args.filter((arg) => arg.startsWith("--allow"));
    assertEquals(permissions, [
      "--allow-net",
      "--allow-env",
      `--allow-read=${app},${data}`,
      `--allow-write=${data}`,
      // Free disk space.
      "--allow-sys=statfs",
    ]);
    const kvPath = await temporaryKvPath();
    const folder = kvPath.replace(/\/[^/]*$/, "");
    const elsewhere = await codeElsewhere();
    const code = await running(
      Deno.execPath(),
      args.map((arg) =>
        arg.startsWith("--allow-")
          ? arg.replace(app, [ROOT, ...elsewhere].join(",")).replace(
            data,
            folder,
          )
          : arg
      ),
      { KV_PATH: kvPath, DENO_DIR: elsewhere[0]! },
      usesItAll,
    );
    assertEquals(code, 0);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("deploy: the image's user is nobody in particular, and owns the data alone", async () => {
  const text = await read("Dockerfile");
  assertMatch(text, /^USER 65532:65532$/m);
  assertMatch(text, /^COPY --from=build \/app \/app$/m);
  assertMatch(text, /^RUN install -d -m 700 -o 65532 -g 65532 \/data$/m);
});

Deno.test("deploy: an engine waits for the end of requests as long as the server does", async () => {
  const grace = /stop_grace_period: (\d+)s/.exec(await read("compose.yml"));
  const timeout = /^TimeoutStopSec=(\d+)$/m.exec(
    await read("deploy/portcullis.service"),
  );
  const { shutdownDeadline } = parseConfig({});
  for (const found of [grace, timeout]) {
    assert(Number(found?.[1]) * 1_000 >= shutdownDeadline + 3_000);
  }
});

Deno.test("deploy: the binary's entry runs every task by its name", async () => {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "tasks/portcullis.ts", ...args],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder();
    return [code, text.decode(stdout), text.decode(stderr)] as const;
  };
  const [, usage] = await run("--help");
  const names = [...usage.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) =>
    name!
  );
  assert(names.length > 20, usage);
  const helps = await Promise.all(names.map((name) => run(name, "--help")));
  for (const [i, [code, help]] of helps.entries()) {
    assertEquals(code, 0);
    assert(help.startsWith(`Usage: portcullis ${names[i]}`), help);
  }
  const [code, , error] = await run("unblock");
  assertEquals(code, 2);
  assertMatch(error, /^Unknown command "unblock": expected .* unblock-ip$/m);
});

Deno.test({
  name:
    "deploy: deno task compile makes one binary that runs (needs DENORT_BIN or DENORT=1)",
  ignore: !Deno.env.has("DENORT_BIN") && !Deno.env.has("DENORT"),
  async fn() {
    const kvPath = await temporaryKvPath();
    const folder = kvPath.replace(/\/[^/]*$/, "");
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "compile", "--output", `${folder}/portcullis`],
      cwd: ROOT,
    }).spawn().status;
    assert(success);
    const env = { KV_PATH: kvPath, PATH: "", HOME: folder, DENO_DIR: folder };
    assertEquals(
      await running(`${folder}/portcullis`, [], env, usesItAll),
      0,
    );
    await Deno.remove(folder, { recursive: true });
  },
});
