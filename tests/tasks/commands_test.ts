import { assert, assertEquals, assertMatch } from "@std/assert";
import { COMMANDS, specOf } from "../../tasks/_commands.ts";
import { VERSION } from "../../lib/base/version.ts";
import { runTask, taskEnv } from "../_server.ts";
import { WITHOUT_JSON } from "./_tasks.ts";

const ROOT = new URL("../../", import.meta.url);
const config = JSON.parse(
  await Deno.readTextFile(new URL("deno.json", ROOT)),
) as { version: string; tasks: Record<string, unknown> };
const PROGRAM = COMMANDS.filter(({ run }) => run !== undefined);

/** Runs the program as in the package. */
async function program(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "mod.ts", ...args],
    cwd: ROOT,
    clearEnv: true,
    env: taskEnv({ KV_PATH: "/nowhere/kv.db", NO_COLOR: "1" }),
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("commands: the table has every task, and every task stands in it", () => {
  assertEquals(
    COMMANDS.map(({ name }) => name).sort(),
    Object.keys(config.tasks).sort(),
  );
});

Deno.test("commands: the package's version is the program's", () => {
  assertEquals(config.version, VERSION);
});

Deno.test("commands: each says how it is called, tells its version and opens nothing", async (t) => {
  for (const command of PROGRAM) {
    const { name } = command;
    await t.step(name, async () => {
      const { usage, about, flags = {} } = await specOf(command);
      const reports = !WITHOUT_JSON.has(name);
      assertEquals(Object.hasOwn(flags, "json"), reports, name);
      assertEquals(/--json|\bjson\b/.test(usage), reports, usage);
      assertMatch(usage, new RegExp(`^deno task ${name}\\b`));
      assertMatch(about, /^[A-Z].*\.$/s);
      const told = await program(name, "--version");
      assertEquals(
        [told.code, told.stdout, told.stderr],
        [0, `portcullis ${VERSION}\n`, ""],
      );
    });
  }
});

Deno.test("commands: help is in groups and has each of them", async () => {
  for (const args of [["help"], ["--help"]]) {
    const { code, stdout } = await program(...args);
    assertEquals(code, 0);
    for (const { name, about } of PROGRAM) {
      assertMatch(
        stdout,
        new RegExp(`^  ${name} +${RegExp.escape(about)}$`, "m"),
      );
    }
    assertMatch(stdout, /^Blocklist and safelist:$/m);
    assert(!stdout.includes("deno task"), stdout);
  }
  const all = await runTask("help", []);
  for (const { name } of COMMANDS) {
    assertMatch(all.stdout, new RegExp(`^  ${name} `, "m"));
  }
});

for (
  const [wrong, meant] of [
    ["blok-ip", "block-ip"],
    ["unblock", "unblock-ip"],
    ["docter", "doctor"],
    ["imoprt-log", "import-log"],
  ]
) {
  Deno.test(`commands: ${wrong} is none, and ${meant} is named`, async () => {
    const { code, stdout, stderr } = await program(wrong!);
    assertEquals([code, stdout], [2, ""]);
    assert(stderr.includes(meant!), stderr);
    assertEquals(stderr.trimEnd().split("\n").length, 1);
  });
}

Deno.test("commands: a name that is code or an object's own is none", async () => {
  for (
    const name of ["__proto__", "constructor", "dev", "../mod", "--upstream"]
  ) {
    assertEquals((await program(name)).code, 2, name);
  }
});

Deno.test("completions: bash takes them, and completes commands and options", async () => {
  const { code, stdout } = await program("completions", "bash");
  assertEquals(code, 0);
  const complete = async (...words: string[]) => {
    const script = `${stdout}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length - 1}
_portcullis
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout: out, success } = await new Deno.Command("bash", {
      args: ["--norc", "-c", script],
    }).output();
    assert(success);
    return new TextDecoder().decode(out).trim().split("\n");
  };
  assertEquals(await complete("portcullis", "bl"), ["block-ip"]);
  assertEquals(await complete("portcullis", "block-ip", "--fo"), [
    "--for",
    "--force",
  ]);
});

/** The output of an installed program; null if it is not installed. */
async function printed(name: string, ...args: string[]) {
  try {
    const { stdout, stderr } = await new Deno.Command(name, { args }).output();
    const text = new TextDecoder();
    return text.decode(stdout) + text.decode(stderr);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

const hasFish = await printed("fish", "--version") !== null;
const hasZsh = await printed("zsh", "--version") !== null;

Deno.test({
  name: `completions: fish completes commands and options${
    hasFish ? "" : " (needs fish)"
  }`,
  ignore: !hasFish,
  async fn() {
    const { stdout } = await program("completions", "fish");
    const complete = async (line: string) =>
      (await printed("fish", "-c", `${stdout}\ncomplete -C '${line}'`))!
        .trim().split("\n").map((each) => each.split("\t")[0]);
    assertEquals(await complete("portcullis bl"), ["block-ip"]);
    assertEquals(await complete("portcullis block-ip --fo"), [
      "--for",
      "--force",
    ]);
  },
});

Deno.test({
  name: `completions: zsh loads them as the program's${
    hasZsh ? "" : " (needs zsh)"
  }`,
  ignore: !hasZsh,
  async fn() {
    const { stdout } = await program("completions", "zsh");
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/_portcullis`, stdout);
      const said = await printed(
        ...["zsh", "-f", "-c"] as const,
        `fpath=(${folder} $fpath); autoload -Uz compinit; compinit -D -u
autoload +X _portcullis && print $_comps[portcullis]`,
      );
      assertEquals(said?.trim(), "_portcullis");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("completions: zsh and fish get every command; another shell is refused", async () => {
  for (const shell of ["zsh", "fish"]) {
    const { code, stdout } = await program("completions", shell);
    assertEquals(code, 0);
    for (const { name } of PROGRAM) assert(stdout.includes(name), name);
  }
  assertEquals((await program("completions", "tcsh")).code, 2);
});

Deno.test("man: every command and variable stands in the page, and roff finds no fault", async () => {
  const { code, stdout } = await program("man");
  assertEquals(code, 0);
  for (const { name } of PROGRAM) {
    assert(stdout.includes(`portcullis ${name.replaceAll("-", "\\-")}`), name);
  }
  assert(stdout.includes(".B TRUSTED_PROXIES"));
  // The rules of mandoc's lint, which CI may not have.
  const source = stdout.split("\n");
  assertEquals(
    source.filter((line) => line.length > 80 && line[0] !== "."),
    [],
  );
  assertEquals(source.filter((line) => /\s$/.test(line)), []);
  assertMatch(source[0]!, /^\.TH PORTCULLIS 1 "\d{4}-\d\d-\d\d" /);
  assert(stdout.includes(".TP\n.B discard\ndiscards a list"), "columns");
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, stdout);
    const { stderr } = await new Deno.Command("groff", {
      args: ["-man", "-ww", "-z", file],
    }).output().catch(() => ({ stderr: new Uint8Array() }));
    assertEquals(new TextDecoder().decode(stderr), "");
  } finally {
    await Deno.remove(file);
  }
});
