/**
 * The apps in `examples/`, each started as in its README, in its own process.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  ADMIN,
  firstAnswer,
  logsIn,
  serve,
  type Served,
} from "../registry/_newcomer.ts";
import { taskEnv } from "../_server.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const UNSTABLE = ["--unstable-kv", "--unstable-cron"];

/** The commands in each folder; the last one serves. */
const EXAMPLES: Record<string, string[][]> = {
  deno_serve: [["run", "-A", ...UNSTABLE, "main.ts"]],
  serve_command: [["serve", "-A", ...UNSTABLE, "main.ts"]],
  hono: [["run", "-A", ...UNSTABLE, "main.ts"]],
  oak: [["run", "-A", ...UNSTABLE, "main.ts"]],
  express: [["run", "-A", ...UNSTABLE, "main.ts"]],
  fresh: [
    ["run", "-A", "dev.ts", "build"],
    ["serve", "-A", ...UNSTABLE, "_fresh/server.js"],
  ],
};

function command(name: string, args: string[], store: string): Deno.Command {
  // `deno serve` reads only its own options.
  const port = args[0] === "serve"
    ? ["--host", "127.0.0.1", "--port", "0"]
    : [];
  return new Deno.Command(Deno.execPath(), {
    args: [args[0]!, ...port, ...args.slice(1)],
    cwd: `${ROOT}examples/${name}`,
    clearEnv: true,
    env: taskEnv({
      KV_PATH: `${store}/p.db`,
      POLICY_FILE: `${store}/policy.jsonc`,
      DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
      NO_COLOR: "1",
    }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function start(name: string, store: string): Promise<Served> {
  const commands = EXAMPLES[name]!;
  for (const args of commands.slice(0, -1)) {
    const { code, stderr } = await command(name, args, store).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  }
  return await serve(command(name, commands.at(-1)!, store).spawn());
}

async function get(url: string): Promise<[status: number, text: string]> {
  const response = await fetch(url, { redirect: "manual" });
  return [response.status, await response.text()];
}

for (const name of Object.keys(EXAMPLES)) {
  Deno.test(`examples/${name}: is guarded, obeys the policy, and has the console`, async () => {
    const store = await Deno.makeTempDir({ prefix: "portcullis_example_" });
    await Deno.writeTextFile(
      `${store}/policy.jsonc`,
      '{ "rules": [{ "name": "no", "refuse": true, "when": { "path": "/no" } }] }',
    );
    try {
      await using app = await start(name, store);
      const [status, text] = await firstAnswer(app.origin, app.out);
      assertEquals(status, 200, app.out());
      assertStringIncludes(text, "Hello");
      assertEquals((await get(`${app.origin}/no`))[0], 403);
      const [shown, page] = await get(`${app.origin}/portcullis/login`);
      assertEquals(shown, 200, app.out());
      assertStringIncludes(page, 'action="/portcullis/login');
      assertStringIncludes(app.out(), "/portcullis/setup#");
    } finally {
      await Deno.remove(store, { recursive: true });
    }
  });
}

Deno.test("examples/deno_serve: the permissions that docs/embedding.md names are enough", async () => {
  const docs = await Deno.readTextFile(`${ROOT}docs/embedding.md`);
  const [, named = ""] =
    /^deno run (--unstable-kv [^`]*?--allow-[^`]*?) main\.ts$/m.exec(docs) ??
      [];
  const folder = await Deno.makeTempDir({ prefix: "portcullis_example_" });
  await Deno.mkdir(`${folder}/data`);
  try {
    const flags = named.split(/[\s\\]+/);
    assert(flags.length === 6 && !flags.includes("-A"), named);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--config", `${ROOT}deno.json`, ...flags],
        `${ROOT}examples/deno_serve/main.ts`,
      ],
      cwd: folder,
      clearEnv: true,
      env: taskEnv({
        DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
        NO_COLOR: "1",
        ADMIN_USERNAME: ADMIN.ADMIN_USERNAME,
        ADMIN_PASSWORD: ADMIN.ADMIN_PASSWORD,
      }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    await using app = await serve(child);
    assertEquals(
      await firstAnswer(app.origin, app.out),
      [200, "Hello"],
      app.out(),
    );
    await logsIn(app);
    assertEquals(app.out().match(/NotCapable|access to/g) ?? [], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("examples: each has a README that says its commands, and stands in docs/embedding.md word for word", async () => {
  const docs = await Deno.readTextFile(`${ROOT}docs/embedding.md`);
  for (const [name, commands] of Object.entries(EXAMPLES)) {
    const folder = `${ROOT}examples/${name}`;
    const readme = await Deno.readTextFile(`${folder}/README.md`);
    for (const args of commands) {
      assertStringIncludes(readme, `deno ${args.join(" ")}`);
    }
    const code = await Deno.readTextFile(`${folder}/main.ts`);
    assertStringIncludes(docs, `\`\`\`ts\n${code}\`\`\``, name);
    const lines = code.split("\n").filter((line) => /\S/.test(line));
    assert(lines.length <= 10, `${name}: ${lines.length} lines`);
  }
});
