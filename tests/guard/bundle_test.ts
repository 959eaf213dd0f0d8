/** A guarded app with the common bundlers: its size, and that it runs. */
import { assert, assertEquals } from "@std/assert";
import { deadline } from "../../lib/base/delay.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const MOST_BYTES = 300 * 1_024;

const APP = `import { guardHandler } from "${ROOT}lib/guard/mod.ts";
const kv = await Deno.openKv(":memory:");
const policy = [{ name: "no", refuse: true, when: { path: "/no" } }];
const guarded = guardHandler(() => new Response("hello"), { kv, policy });
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.error(\`port \${port}\`),
}, guarded);
`;

/** The locations of the packages that the guard imports: Vite does not read deno.json. */
const ALIAS = Object.fromEntries(
  ["valibot", "mmdb-lib"].map((name) => [
    name,
    decodeURIComponent(new URL(import.meta.resolve(name)).pathname),
  ]),
);

async function deno(args: string[]): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(code, 0, text.join("\n"));
}

/** Runs a bundle, and checks its responses. */
async function runs(file: string): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    // No import map and no packages are available.
    args: [
      ...["run", "--no-config", "--no-remote", "--no-npm", "--unstable-kv"],
      ...["--allow-net", "--allow-env", file],
    ],
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let text = "";
  const started = Promise.withResolvers<string>();
  const decoder = new TextDecoder();
  const reading = child.stderr.pipeTo(
    new WritableStream({
      write(bytes) {
        text += decoder.decode(bytes);
        const port = /^port (\d+)/m.exec(text)?.[1];
        if (port) started.resolve(`http://127.0.0.1:${port}`);
      },
    }),
  );
  const ended = child.status.then(() => started.reject(new Error(text)));
  try {
    const origin = await deadline(started.promise, 30_000);
    const hello = await fetch(origin);
    assertEquals([hello.status, await hello.text()], [200, "hello"], text);
    const refused = await fetch(`${origin}/no`);
    await refused.body?.cancel();
    assertEquals(refused.status, 403);
  } finally {
    child.kill("SIGKILL");
    await Promise.all([reading, ended]);
  }
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bundle_" });
  try {
    await Deno.writeTextFile(`${folder}/app.ts`, APP);
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function isSmall(file: string): Promise<void> {
  const { size } = await Deno.stat(file);
  assert(size < MOST_BYTES, `${size} bytes`);
}

Deno.test("deno bundle: a guarded app is under 300 KiB, and runs, minified or not", () =>
  inFolder(async (folder) => {
    const bundle = ["bundle", "--quiet", "--platform", "deno"];
    for (const minify of [["--minify"], []]) {
      const file = `${folder}/bundle${minify}.js`;
      await deno([...bundle, ...minify, "--output", file, `${folder}/app.ts`]);
      if (minify.length > 0) await isSmall(file);
      await runs(file);
    }
  }));

Deno.test("vite build: a guarded app is under 300 KiB, and runs", () =>
  inFolder(async (folder) => {
    const bundlers = `${ROOT}tests/guard/bundlers/`;
    await deno([
      ...["run", "--quiet", "--frozen", "--allow-all"],
      ...["--config", `${bundlers}deno.json`, `${bundlers}vite.ts`],
      ...[folder, JSON.stringify(ALIAS)],
    ]);
    const files = await Array.fromAsync(Deno.readDir(`${folder}/out`));
    assertEquals(files.length, 1);
    const file = `${folder}/out/${files[0]!.name}`;
    await isSmall(file);
    await runs(file);
  }));
