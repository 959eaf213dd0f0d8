/**
 * The environment for commands of the documents: a store of its own, with servers on it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  ADMIN,
  type AdminServer,
  startWithAdmin,
} from "./acceptance/_admin.ts";
import { delay } from "../lib/base/delay.ts";
import {
  type KvConnectServer,
  startKvConnect,
  TOKEN,
} from "./kv_connect/server.ts";
import { taskEnv, temporaryKvPath } from "./_server.ts";

/** This project's folder, with a trailing slash. */
export const ROOT = decodeURIComponent(
  new URL("../", import.meta.url).pathname,
);

/** The replacements of commands that need another machine. */
const INSTEAD: [RegExp, string][] = [
  // In the unit, the image and the binary, the task is the same.
  [/^sudo systemd-run .* deno run /, "deno run "],
  [/^docker exec portcullis deno run /, "deno run "],
  [/^docker run .* portcullis (?=\w)/, "deno run -A tasks/portcullis.ts "],
  [/^docker run .* portcullis$/, "deno run -A tasks/portcullis.ts"],
  [/^\.\/dist\/portcullis/, "deno run -A tasks/portcullis.ts"],
  [/nginx -s reload|nft -f -|ipset restore/, "cat > /dev/null < /dev/null"],
  [/\bPORT=8001\b/, "PORT=0"],
  // jq is not installed everywhere.
  [/\| jq -r \.token/, "| grep token"],
];

export interface Box {
  folder: string;
  kvPath: string;
  server: AdminServer;
  connect: KvConnectServer;
  /** Serves a list, and accepts posts. */
  listUrl: string;
  /** Replaces a document's placeholders. */
  filled(command: string): string;
  env(more?: Record<string, string>): Record<string, string>;
}

/** A store, a server on it, and a KV Connect server, for the documents' commands. */
export async function openBox(): Promise<Box & AsyncDisposable> {
  const kvPath = await temporaryKvPath();
  const folder = kvPath.replace(/\/[^/]*$/, "");
  const server = await startWithAdmin({ kvPath, env: { GEO_PROVIDER: "off" } });
  const connect = startKvConnect();
  await Deno.mkdir(`${folder}/data`);
  await Deno.writeTextFile(`${folder}/access.log`, LOG_LINE);
  await Deno.writeTextFile(`${folder}/list.txt`, LIST);
  const lists = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(LIST),
  );
  const places: [string, string][] = [
    ["http://127.0.0.1:8000", server.origin],
    ["http://127.0.0.1:3000", server.origin],
    ["http://app:3000", server.origin],
    ["http://127.0.0.1:8001", server.origin],
    ["https://api.deno.com/v2/databases/<id>/connect", connect.url],
    ["https://kv.example.org", connect.url],
    ["--from ./data/portcullis.db", `--from ${kvPath}`],
    ["KV_PATH=./data/portcullis.db", `KV_PATH=${kvPath}`],
    ["./data/", `${folder}/data/`],
    ["/var/backups/", `${folder}/`],
    ["/etc/nginx/", `${folder}/`],
    ["/var/log/nginx/access.log", "access.log"],
    ["access.log", `${folder}/access.log`],
    ["/etc/prometheus/", `${folder}/`],
    ["https://example.org", server.origin],
    ['"username":"prometheus"', `"username":"${ADMIN.username}"`],
    ["list.txt", `${folder}/list.txt`],
    [
      "https://www.spamhaus.org/",
      `http://127.0.0.1:${lists.addr.port}/`,
    ],
    [
      '"password":"…"',
      `"password":"${ADMIN.password.replace("'", "\\u0027")}"`,
    ],
  ];
  return {
    folder,
    kvPath,
    server,
    connect,
    listUrl: `http://127.0.0.1:${lists.addr.port}/`,
    filled(command) {
      for (const [from, to] of places) command = command.replaceAll(from, to);
      for (const [what, to] of INSTEAD) command = command.replace(what, to);
      return command;
    },
    env: (more = {}) =>
      taskEnv({
        HOST: "127.0.0.1",
        PORT: "0",
        KV_PATH: kvPath,
        GEO_PROVIDER: "off",
        OUTBOUND_PRIVATE: "1",
        DENO_KV_ACCESS_TOKEN: TOKEN,
        NO_COLOR: "1",
        ORIGIN: server.origin,
        TOKEN: server.token,
        AUTH: `authorization: Bearer ${server.token}`,
        ...more,
      }),
    async [Symbol.asyncDispose]() {
      await server.stop();
      await connect[Symbol.asyncDispose]();
      await lists.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const LOG_LINE =
  '203.0.113.7 - - [05/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"\n';

const LIST = "1.10.16.0/20 ; SBL256894\n";

/** Runs a command line to its end. */
export async function run(box: Box, command: string, env = box.env()) {
  const child = new Deno.Command("sh", {
    args: ["-c", command.replace(/\bcurl /, "curl -S --fail-with-body ")],
    cwd: ROOT,
    clearEnv: true,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode("a password of ann's"))
    .catch(() => {});
  await stdin.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Starts a server command, sends it one request, and ends it. */
export async function serve(
  box: Box,
  command: string[],
  { cwd = ROOT, env = box.env(), path = "/" } = {},
): Promise<string> {
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd,
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  let onUrl = (_: string) => {};
  const url = new Promise<string>((resolve) => onUrl = resolve);
  const read = [child.stdout, child.stderr].map((stream) =>
    stream.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write(part) {
          text += part;
          // This project's servers print that they are ready; Deno.serve ends its line with a
          // slash.
          const at = /serves on (\S+)[\s\S]*Ready\.|Listening on (\S+)\/\s/
            .exec(text);
          if (at) onUrl(at[1] ?? at[2]!);
        },
      }),
    )
  );
  const ended = child.status.then(() => "");
  const origin = await Promise.race([url, ended]);
  try {
    assert(origin, `${command.join(" ")} does not serve: ${text}`);
    const response = await answer(`${origin}${path}`);
    const body = await response.text();
    assertEquals(response.status, 200, `${command.join(" ")}: ${body}`);
    return body;
  } finally {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has already exited.
    }
    await Promise.all(read);
    await child.status;
  }
}

/** Follows a log until the task says that it follows, and ends it. */
async function follow(box: Box, file: string): Promise<void> {
  const child = new Deno.Command("deno", {
    args: ["run", "-A", "tasks/import_log.ts", file, "--follow"],
    cwd: ROOT,
    clearEnv: true,
    env: box.env(),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const read = [child.stdout, child.stderr].map((stream) =>
    stream.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write(part) {
          text += part;
          if (text.includes("Following ")) {
            try {
              child.kill("SIGTERM");
            } catch {
              // It has already exited.
            }
          }
        },
      }),
    )
  );
  await Promise.all(read);
  const { code } = await child.status;
  assertEquals(code, 0, text);
}

/** The response of a server that may still be building. */
async function answer(url: string): Promise<Response> {
  for (let tries = 0;; tries++) {
    try {
      return await fetch(url);
    } catch (error) {
      if (tries === 100) throw error;
      await delay(100);
    }
  }
}

/** A free port, for commands that need a fixed one. */
function freePort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `${listener.addr.port}`;
}

const SERVES =
  /^((?:[A-Z_]+=\S+ )*)(deno task (?:start|dev|proxy)\b.*|deno run -A tasks\/portcullis\.ts(?: (?:start|proxy)\b.*)?)$/;

/** Runs one command line of a document. */
export async function runCommand(box: Box, said: string): Promise<void> {
  const command = box.filled(said);
  const [, set, served] = SERVES.exec(command) ?? [];
  if (served !== undefined) {
    const words = served.split(" ");
    // The task's own process, so that a signal reaches it.
    const task = /^deno task (\S+)(.*)$/.exec(served);
    const argv = task
      ? ["deno", "run", "-A", `tasks/${task[1]}.ts`, ...words.slice(3)]
      : words;
    const env = Object.fromEntries(
      set!.split(" ").filter(Boolean).map((one) => one.split(/=(.*)/)),
    );
    if (task?.[1] === "dev") env.PORT = freePort();
    await serve(box, argv, { env: box.env(env), path: "/healthz" });
    return;
  }
  const [, followed] = /^deno task import-log (.*) --follow$/.exec(command) ??
    [];
  if (followed !== undefined) {
    await follow(box, followed);
    return;
  }
  const env = box.env();
  // The documents restore to another place than they back up.
  if (command.includes(" restore ")) env.KV_PATH = `${box.folder}/restored.db`;
  if (command.includes(" test-alert")) env.ALERT_WEBHOOK_URL = box.listUrl;
  if (command.includes(" unblock-ip ")) {
    await run(box, "deno task block-ip 203.0.113.9");
  }
  if (command.startsWith("curl -sN")) {
    // It runs until it is ended, which curl reports as a failure.
    const { code } = await run(box, command.replace("-sN", "-sN -m 1"), env);
    assertEquals(code, 28, said);
    return;
  }
  const { code, stdout, stderr } = await run(box, command, env);
  assertEquals(code, 0, `${said}\n${stdout}${stderr}`);
}
