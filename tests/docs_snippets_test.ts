/**
 * Every fenced block of the documents is run or checked here, or listed with the reason why not.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { parseConfig } from "../lib/settings/config.ts";
import { readPolicy } from "../lib/policy/read_rules.ts";
import { parseCidr } from "../lib/net/cidr.ts";
import { type Box, openBox, ROOT, runCommand, serve } from "./_docs_box.ts";
import { commandsOf, type Snippet, snippetsOf } from "./_snippets.ts";

const DOCUMENTS = ["README.md"];
for await (const { name } of Deno.readDir(`${ROOT}docs`)) {
  if (name.endsWith(".md")) DOCUMENTS.push(`docs/${name}`);
}
const SNIPPETS = (await Promise.all(
  DOCUMENTS.map(async (path) =>
    snippetsOf(path, await Deno.readTextFile(`${ROOT}${path}`))
  ),
)).flat();

const EXAMPLES = new Set<string>();
for await (const { name } of Deno.readDir(`${ROOT}examples`)) {
  const code = await Deno.readTextFile(`${ROOT}examples/${name}/main.ts`)
    .catch(() => "");
  EXAMPLES.add(code.trim());
}

/** Commands that are not run, with reasons. */
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
    /^(cargo install denokv|export DENO_KV_ACCESS_TOKEN|denokv|KV_PATH=http:\/\/127\.0\.0\.1:4512)\b/,
    "needs denokv; denokv_test.ts runs it where it is there",
  ],
  [
    /^journalctl -f/,
    "needs systemd; tests/import and tests/tasks follow files and pipes",
  ],
  [
    /^deno run --unstable-kv .*--allow-read=\.env/,
    "it serves for ever; tests/examples runs it",
  ],
  [
    /^docker (build|logs)\b/,
    "needs Docker; deploy_test.ts runs what the image runs",
  ],
];

/** Settings, one `NAME=value` per line, must be valid for the configuration. */
function checkSettings(lines: string[]): void {
  const env = Object.fromEntries(lines.map((line) => {
    const [name, value = ""] = line.split(/=(.*)/);
    return [name!, value.replace(/,…$/, "")];
  }));
  const config = parseConfig(env);
  for (const name of Object.keys(env)) {
    assert(NAMES.has(name.replace(/_FILE$/, "")), name);
  }
  assert(config);
}

const NAMES = new Set(
  (await Deno.readTextFile(`${ROOT}README.md`)).match(
    /\b[A-Z][A-Z0-9_]{3,}\b/g,
  ),
);

async function runShell(box: Box, { code }: Snippet): Promise<void> {
  const commands = commandsOf(code);
  // Values of settings may contain blanks, so only ` deno ` marks a line as a command.
  if (
    commands.every((line) =>
      /^[A-Z][A-Z_]*=/.test(line) && !/ deno /.test(line)
    )
  ) {
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

/** Braces match, and every line without a brace ends with a semicolon if one is required. */
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
  const server = code.replace("listen 443 ssl;", "listen 127.0.0.1:8443;");
  const http = code.startsWith("location ")
    ? `server { listen 127.0.0.1:8443; ${code} }`
    : server;
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

/** Indented by spaces, and every metric in it exists on the server. */
async function checkYaml({ server }: Box, { code }: Snippet): Promise<void> {
  const response = await fetch(`${server.origin}/metrics`);
  const metrics = await response.text();
  for (const line of code.split("\n")) assert(/^( {2})*\S|^$/.test(line), line);
  for (const [name] of code.matchAll(/\bportcullis_[a-z_]+/g)) {
    assert(new RegExp(`^(# TYPE )?${name}\\b`, "m").test(metrics), name);
  }
}

/** The declarations that an example leaves to its reader. */
const FREE: Record<string, string> = {
  kv: "declare const kv: Deno.Kv;",
  visitor: `declare const visitor: import("${ROOT}lib/guard/mod.ts").Visitor;`,
};

/** A TypeScript block as a module of its own: a body with a return becomes a function's. */
function asModule({ code }: Snippet): string {
  const text = code.replaceAll('"./portcullis/', `"${ROOT}`);
  const free = Object.entries(FREE).filter(([name]) =>
    new RegExp(`\\b${name}\\b`).test(text) &&
    !new RegExp(`(const|let) ${name}\\b`).test(text)
  ).map(([, declared]) => declared);
  if (!/^(if .*)?return\b/m.test(text)) {
    return [...free, text].join("\n");
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

/** Whether a block runs unchanged. */
const isProgram = (code: string) =>
  /Deno\.openKv\(|\bportcullis\(/.test(code) &&
  /Deno\.serve\(|export const app/.test(code);

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

/** This project's import map, without changes to its lock file. */
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
  await t.step("TypeScript has the types that it says", async () => {
    await checkTypes(box, code);
  });
  for (const snippet of SNIPPETS) {
    const { language } = snippet;
    await t.step({
      name: `${at(snippet)} ${language || "picture"}`,
      async fn() {
        switch (language) {
          case "sh":
            return await runShell(box, snippet);
          case "ts":
            // Those of examples/ run in tests/examples.
            if (isProgram(snippet.code) && !EXAMPLES.has(snippet.code.trim())) {
              await runProgram(box, snippet);
            }
            return;
          case "json":
            return checkJson(snippet);
          case "yaml":
            return await checkYaml(box, snippet);
          case "jsonc":
            return void readPolicy(snippet.code);
          case "nginx":
            return await checkNginx(box, snippet);
          case "caddyfile":
            return checkBraces(snippet.code, /^@?\w+( \S+)*$/);
          case "toml":
            return checkToml(snippet);
          case "":
            // Drawings, without anything that looks like a command.
            return assert(!/\bdeno\b|curl/.test(snippet.code), snippet.code);
        }
        throw new Error(`Nothing here checks blocks of ${language}`);
      },
    });
  }
});

/** Import maps match deno.json. */
async function checkJson({ code }: Snippet): Promise<void> {
  const { imports = {} } = JSON.parse(code);
  const ours = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)).imports;
  for (const [name, to] of Object.entries(imports)) {
    assertEquals(to, ours[name]);
  }
}

Deno.test("documents: ranges in them are ranges", () => {
  for (const { code } of SNIPPETS) {
    for (const [range] of code.matchAll(/\b\d+\.\d+\.\d+\.\d+\/\d+\b/g)) {
      parseCidr(range);
    }
  }
});
