/**
 * Every fenced block of the documents and every row of the README's table of commands is run here,
 * or named with the reason why not.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { parseConfig } from "../lib/config.ts";
import { delay } from "../lib/delay.ts";
import { parseCidr } from "../lib/net/cidr.ts";
import {
  ADMIN,
  type AdminServer,
  startWithAdmin,
} from "./acceptance/_admin.ts";
import {
  type KvConnectServer,
  startKvConnect,
  TOKEN,
} from "./kv_connect/server.ts";
import { commandsOf, type Snippet, snippetsOf } from "./_snippets.ts";
import { taskEnv, temporaryKvPath } from "./_server.ts";

const ROOT = decodeURIComponent(new URL("../", import.meta.url).pathname);
const OAK = "npm:@oakserver/oak@14.1.0";
/** npm's Oak is built for Node: its answers are of another class than those `Deno.serve` takes. */
const OAK_IMPORT = `import { Application as Built } from "${OAK}";
class Application extends Built {
  constructor() {
    super();
    // deno-lint-ignore no-explicit-any
    const handle = this.handle as (...asked: any[]) => Promise<any>;
    this.handle = async (...asked) => {
      const answer = await handle(...asked);
      const { status, headers } = answer;
      return new Response(await answer.text(), { status, headers: [...headers] });
    };
  }
}`;

const DOCUMENTS = ["README.md"];
for await (const { name } of Deno.readDir(`${ROOT}docs`)) {
  if (name.endsWith(".md")) DOCUMENTS.push(`docs/${name}`);
}
const SNIPPETS = (await Promise.all(
  DOCUMENTS.map(async (path) =>
    snippetsOf(path, await Deno.readTextFile(`${ROOT}${path}`))
  ),
)).flat();

/** Commands that are not run, and why. */
const NOT_RUN: [RegExp, string][] = [
  [/^deno task test\b/, "it runs this"],
  [
    /^deno task compile\b/,
    "it downloads Deno's runtime; deploy_test.ts does it where that is there",
  ],
  [
    /^sudo (?!systemd-run)/,
    "needs root and changes the system; deploy_test.ts runs what the unit runs",
  ],
  [
    /^docker (build|logs)\b/,
    "needs Docker; deploy_test.ts runs what the image runs",
  ],
];

/** What is run in place of what only another machine has. */
const INSTEAD: [RegExp, string][] = [
  // Within the unit, the image and the binary, the task is the same one.
  [/^sudo systemd-run .* deno run /, "deno run "],
  [/^docker exec portcullis deno run /, "deno run "],
  [/^docker run .* portcullis (?=\w)/, "deno run -A tasks/portcullis.ts "],
  [/^docker run .* portcullis$/, "deno run -A tasks/portcullis.ts"],
  [/^\.\/dist\/portcullis/, "deno run -A tasks/portcullis.ts"],
  [/nginx -s reload|nft -f -|ipset restore/, "cat > /dev/null < /dev/null"],
  [/\bPORT=8001\b/, "PORT=0"],
];

interface Box {
  folder: string;
  kvPath: string;
  server: AdminServer;
  connect: KvConnectServer;
  /** Puts a document's placeholders into place. */
  filled(command: string): string;
  env(more?: Record<string, string>): Record<string, string>;
}

/** A store, a server on it, and a KV Connect server: what the documents' commands are run against. */
async function openBox(): Promise<Box & AsyncDisposable> {
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
    ["access.log", `${folder}/access.log`],
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
async function run(box: Box, command: string, env = box.env()) {
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

/** Starts what serves, asks it once, and ends it. */
async function serve(
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
          // A server of ours says it is ready; Deno.serve ends its line with a slash.
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
      // It has ended by itself.
    }
    await Promise.all(read);
    await child.status;
  }
}

/** The answer of a server that may still be building what it serves. */
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

/** A port that was free just now, for what has to be told one. */
function freePort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `${listener.addr.port}`;
}

const SERVES =
  /^((?:[A-Z_]+=\S+ )*)(deno task (?:start|dev|proxy)\b.*|deno run -A tasks\/portcullis\.ts(?: (?:start|proxy)\b.*)?)$/;

/** Runs one command line of a document. */
async function runCommand(box: Box, said: string): Promise<void> {
  const command = box.filled(said);
  const [, set, served] = SERVES.exec(command) ?? [];
  if (served !== undefined) {
    const words = served.split(" ");
    // The task's own process, which a signal reaches.
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
  const env = box.env();
  // The documents restore elsewhere than where they back up.
  if (command.includes(" restore ")) env.KV_PATH = `${box.folder}/restored.db`;
  if (command.includes(" unblock-ip ")) {
    await run(box, "deno task block-ip 203.0.113.9");
  }
  if (command.startsWith("curl -sN")) {
    // It goes on until it is ended, which curl counts as a failure of its own.
    const { code } = await run(box, command.replace("-sN", "-sN -m 1"), env);
    assertEquals(code, 28, said);
    return;
  }
  const { code, stdout, stderr } = await run(box, command, env);
  assertEquals(code, 0, `${said}\n${stdout}${stderr}`);
}

/** Settings, one `NAME=value` a line, have to be ones that the configuration takes. */
function checkSettings(lines: string[]): void {
  const env = Object.fromEntries(lines.map((line) => {
    const [name, value = ""] = line.split(/=(.*)/);
    return [name!, value.replace(/,…$/, "")];
  }));
  const config = parseConfig(env);
  for (const name of Object.keys(env)) assert(NAMES.has(name), name);
  assert(config);
}

const NAMES = new Set(
  (await Deno.readTextFile(`${ROOT}README.md`)).match(
    /\b[A-Z][A-Z0-9_]{3,}\b/g,
  ),
);

async function runShell(box: Box, { code }: Snippet): Promise<void> {
  const commands = commandsOf(code);
  if (commands.every((line) => /^[A-Z_]+=\S+$/.test(line))) {
    return checkSettings(commands);
  }
  for (const command of commands) {
    if (NOT_RUN.some(([what]) => what.test(command))) continue;
    assert(
      /^(([A-Z_]+=\S+ )*deno|curl|sudo systemd-run|docker|\.\/dist\/portcullis)\b/
        .test(command),
      `"${command}" is neither run here nor in NOT_RUN with the reason`,
    );
    await runCommand(box, command);
  }
}

/** Braces match, and every line that opens or closes none ends with a semicolon where one has to. */
function checkBraces(code: string, end: RegExp): void {
  let depth = 0;
  for (const line of code.split("\n").map((one) => one.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    if (line.endsWith("{")) depth++;
    else if (line === "}") depth--;
    else assert(end.test(line), line);
    assert(depth >= 0, line);
  }
  assertEquals(depth, 0);
}

async function hasNginx(): Promise<boolean> {
  try {
    return (await new Deno.Command("nginx", { args: ["-v"] }).output()).success;
  } catch {
    return false;
  }
}

async function checkNginx(box: Box, { code }: Snippet): Promise<void> {
  checkBraces(code, /;$/);
  if (!await hasNginx()) {
    console.log("nginx is not installed: its block is checked for braces only");
    return;
  }
  const file = `${box.folder}/nginx.conf`;
  const http = code.replace("listen 443 ssl;", "listen 127.0.0.1:8443;");
  await Deno.writeTextFile(
    file,
    `pid ${box.folder}/pid; events {} http { ${http} }\n`,
  );
  const { code: status, stderr } = await new Deno.Command("nginx", {
    args: ["-t", "-p", box.folder, "-e", `${box.folder}/errors`, "-c", file],
  }).output();
  assertEquals(status, 0, new TextDecoder().decode(stderr));
}

function checkToml({ code }: Snippet): void {
  let section = "";
  const env: string[] = [];
  for (const line of code.split("\n").map((one) => one.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name] = /^\[([\w.]+)\]$/.exec(line) ?? [];
    if (name) {
      section = name;
      continue;
    }
    const [, key, value] = /^(\w+) = ("[^"]*"|\d+|true|false)$/.exec(line) ??
      [];
    assert(key && value, line);
    if (section !== "env") continue;
    const text = JSON.parse(value);
    env.push(`${key}=${text.startsWith("<") ? "10.0.0.0/8" : text}`);
  }
  checkSettings(env);
}

/** What an example leaves to its reader. */
const FREE: Record<string, string> = {
  kv: "declare const kv: Deno.Kv;",
  visitor: `declare const visitor: import("${ROOT}lib/guard/mod.ts").Visitor;`,
};

/** A TypeScript block as a module of its own: a body that returns becomes a function's. */
function asModule({ code }: Snippet): string {
  const text = code.replaceAll('"./portcullis/', `"${ROOT}`);
  const free = Object.entries(FREE).filter(([name]) =>
    new RegExp(`\\b${name}\\b`).test(text) &&
    !new RegExp(`(const|let) ${name}\\b`).test(text)
  ).map(([, declared]) => declared);
  if (!/^\s*(if .*)?return\b/m.test(text)) {
    return [...free, text].join("\n")
      .replace(/^import .* from "@oak\/oak";.*$/m, OAK_IMPORT);
  }
  const [imports = ""] = /^(import [^;]+;\n)+/.exec(text) ?? [];
  return [
    imports,
    ...free,
    "export async function example(): Promise<Response | undefined> {",
    text.slice(imports.length),
    "return undefined;\n}",
  ].join("\n");
}

/** Whether a block runs as it stands. */
const isProgram = (code: string) =>
  code.includes("Deno.openKv(") && /Deno\.serve\(|export const app/.test(code);

async function checkTypes(box: Box, snippets: Snippet[]): Promise<void> {
  const names = await Promise.all(snippets.map(async (snippet, i) => {
    const name = `${box.folder}/snippet_${i}.ts`;
    await Deno.writeTextFile(name, asModule(snippet));
    return name;
  }));
  const { code, stderr } = await deno(box, ["check", "--quiet", ...names]);
  assertEquals(code, 0, stderr);
}

async function runProgram(box: Box, snippet: Snippet): Promise<void> {
  const name = `${box.folder}/program.ts`;
  const more = /export const app/.test(snippet.code)
    ? "Deno.serve(app.handler());\n"
    : "";
  await Deno.writeTextFile(name, box.filled(asModule(snippet)) + more);
  const body = await serve(box, ["deno", "run", "-A", ...CONFIG, name], {
    env: box.env({ DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" }),
  });
  if (snippet.code.includes("Hello")) assert(/\bHello\b/.test(body), body);
}

/** This project's import map, and its lock file left as it is. */
const CONFIG = ["--config", `${ROOT}deno.json`, "--no-lock"];

async function deno(box: Box, [command, ...args]: string[]) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [command!, ...CONFIG, ...args],
    cwd: box.folder,
    clearEnv: true,
    env: box.env(),
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

const at = ({ document, line }: Snippet) => `${document}:${line}`;

Deno.test("documents: every block is run, checked, or named with a reason", async (t) => {
  await using box = await openBox();
  const code = SNIPPETS.filter(({ language }) => language === "ts");
  const withOak = code.filter(({ code }) => code.includes("@oak/oak"));
  const hasOak = withOak.length === 0 ||
    (await deno(box, ["cache", "--quiet", OAK])).code === 0;
  if (!hasOak) console.log(`${OAK} is not to be had: its example is not run`);
  const isOut = (snippet: Snippet) => !hasOak && withOak.includes(snippet);

  await t.step("TypeScript has the types that it says", async () => {
    // Of Oak, npm has only the types of its build for Node.
    await checkTypes(box, code.filter((one) => !withOak.includes(one)));
  });
  for (const snippet of SNIPPETS) {
    const { language } = snippet;
    await t.step({
      name: `${at(snippet)} ${language || "picture"}`,
      ignore: isOut(snippet),
      async fn() {
        switch (language) {
          case "sh":
            return await runShell(box, snippet);
          case "ts":
            if (isProgram(snippet.code)) await runProgram(box, snippet);
            return;
          case "json":
            return checkJson(snippet);
          case "nginx":
            return await checkNginx(box, snippet);
          case "caddyfile":
            return checkBraces(snippet.code, /^\w+( \S+)*$/);
          case "toml":
            return checkToml(snippet);
          case "":
            // Drawings, and nothing that looks like a command.
            return assert(!/\bdeno\b|curl/.test(snippet.code), snippet.code);
        }
        throw new Error(`Nothing here checks blocks of ${language}`);
      },
    });
  }
});

/** Import maps say what deno.json says. */
async function checkJson({ code }: Snippet): Promise<void> {
  const { imports = {} } = JSON.parse(code);
  const ours = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)).imports;
  for (const [name, to] of Object.entries(imports)) {
    assertEquals(to, ours[name]);
  }
}

/** What is run for a row of the README's table; a text says why nothing is. */
const ROWS: Record<string, string[] | string> = {
  "start": ["deno task start"],
  "dev": ["deno task dev"],
  "block-ip": ['deno task block-ip 203.0.113.9 --reason "scans" --for 24h'],
  "unblock-ip": ["deno task unblock-ip 203.0.113.9"],
  "allow-ip": [
    "deno task allow-ip 192.0.2.0/24",
    "deno task allow-ip 192.0.2.0/24 --remove",
  ],
  "list-blocked": ["deno task list-blocked", "deno task list-blocked --json"],
  "check-ip": ["deno task check-ip 203.0.113.9"],
  "detect": [
    "deno task detect --at 2026-01-05T13:00:00Z --dry-run --json",
    "deno task detect --since 7d",
    "deno task detect --rehearse high_volume --set threshold=50",
  ],
  "create-user": ["deno task create-user ann --admin"],
  "import-log": [
    "deno task import-log access.log",
    "deno task import-log --format json /dev/null",
  ],
  "import-list": [
    "deno task import-list list.txt --source mine --for 7d --dry-run",
    "deno task import-list list.txt --source mine",
  ],
  "feeds": [
    "deno task feeds add drop https://www.spamhaus.org/drop/drop_v4.json",
    "deno task feeds apply drop",
    "deno task feeds refresh",
    "deno task feeds remove drop",
  ],
  "export": [
    "deno task export requests --format json --since 7d",
    "deno task export suspicious",
    ...["plain", "nginx", "nftables", "ipset"].map((format) =>
      `deno task export blocked --format ${format}`
    ),
  ],
  "backup": [
    "deno task backup /var/backups/all.bak",
    "deno task restore /var/backups/all.bak",
    "deno task restore /var/backups/all.bak --force",
  ],
  "migrate-kv": [
    "deno task migrate-kv --from ./data/portcullis.db --to ./data/migrated.db",
  ],
  "doctor": ["deno task doctor"],
  "ok": "it runs this",
  "bench": "minutes of load, and its own test; here it has --help",
  "proxy": ["deno task proxy --upstream http://127.0.0.1:3000"],
  "compile":
    "it downloads Deno's runtime; deploy_test.ts does it where that is there",
  "use-fresh": "it changes deno.json; use_fresh_test.ts does that to a copy",
};

Deno.test("README: the command of every row is run with the options that it names", async (t) => {
  await using box = await openBox();
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const rows = [...readme.matchAll(/^\| `deno task ([\w-]+)(.*?) \| /gm)];
  assert(rows.length >= 20);
  for (const [, name, rest] of rows) {
    const lines = ROWS[name!];
    await t.step(`deno task ${name}${rest!.replace(/`.*/, "")}`, async () => {
      assert(
        lines !== undefined,
        `${name} is new: say here what is run for it`,
      );
      if (typeof lines === "string") {
        const { code, stdout } = await run(box, `deno task ${name} --help`);
        assertEquals(code, 0);
        assert(stdout.includes(`deno task ${name}`), stdout);
        return;
      }
      for (const option of rest!.match(/--[a-z][\w-]*/g) ?? []) {
        assert(lines.some((one) => one.includes(option)), `${name} ${option}`);
      }
      for (const line of lines) await runCommand(box, line);
    });
  }
});

Deno.test("documents: ranges in them are ranges", () => {
  for (const { code } of SNIPPETS) {
    for (const [range] of code.matchAll(/\b\d+\.\d+\.\d+\.\d+\/\d+\b/g)) {
      parseCidr(range);
    }
  }
});
