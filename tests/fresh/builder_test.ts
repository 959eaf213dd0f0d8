import { assert, assertEquals, assertRejects } from "@std/assert";
import { Builder } from "fresh/dev";
import { body, FIXTURE, send } from "./_helpers.ts";
import { createApp } from "./fixture/main.ts";

/** Paths of all files below a folder, sorted. */
async function listFiles(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(`${folder}/${prefix}`)) {
    const path = prefix + entry.name;
    if (entry.isDirectory) found.push(...await listFiles(folder, path + "/"));
    else found.push(path);
  }
  return found.sort();
}

Deno.test("Builder: writes files, snapshot and a server that answers", async () => {
  const outDir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${outDir}/kept.txt`, "not the build's");
    await new Builder({ root: FIXTURE, outDir }).build();
    const files = await listFiles(outDir);
    for (
      const name of [
        "server.js",
        "snapshot.js",
        "compiled-entry.js",
        "kept.txt",
        "static/hello.txt",
      ]
    ) {
      assert(files.includes(name), name);
    }
    assert(!files.some((path) => path.includes("metafile")), "no metafile");
    const chunk = files.find((path) =>
      /^static\/_fresh\/js\/[0-9a-f]{20}\/.*Counter\.js$/.test(path)
    );
    assert(chunk !== undefined, files.join());

    const { default: server } = await import(`file://${outDir}/server.js`);
    const get = (path: string): Promise<Response> =>
      server.fetch(new Request(`http://localhost${path}`));
    assert((await (await get("/users/7")).text()).includes("hello 7"));
    assert((await (await get("/islands")).text()).includes("frsh:island:0"));
    const script = await get(chunk.slice("static".length));
    assertEquals(
      script.headers.get("content-type"),
      "text/javascript; charset=utf-8",
    );
    assert((await script.text()).length > 0);
    // Out of memory now, with the same answer.
    assertEquals(await (await get("/hello.txt")).text(), "hello static");
    assertEquals(await (await get("/hello.txt")).text(), "hello static");
    assert((await (await get("/server.js")).text()).includes("not found"));
  } finally {
    await Deno.remove(outDir, { recursive: true });
  }
});

Deno.test("Builder: the same sources give the same build id", async () => {
  const id = async () => {
    const app = createApp();
    (await new Builder({ root: FIXTURE }).build({ snapshot: "memory" }))(app);
    return /__frsh_c=(\w+)/.exec(await body(app, "/"))![1];
  };
  assertEquals(await id(), await id());
});

Deno.test("Builder: folders may be missing", async () => {
  const root = await Deno.makeTempDir();
  try {
    const app = createApp();
    (await new Builder({ root }).build({ snapshot: "memory" }))(app);
    assertEquals(app.config.root, root);
    assertEquals((await send(app, "/")).status, 404);
  } finally {
    await Deno.remove(root);
  }
});

Deno.test("Builder: an island that does not compile is named", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/islands`);
    await Deno.writeTextFile(`${root}/islands/Bad.tsx`, "export default <p");
    const error = await assertRejects(() =>
      new Builder({ root }).build({ snapshot: "memory" })
    ) as Error;
    assert(error.message.startsWith("Cannot bundle islands"), error.message);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Builder: registerIsland() adds a module from elsewhere", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${root}/Far.ts`,
      `export const Far = () => "far";`,
    );
    await Deno.mkdir(`${root}/routes`);
    await Deno.writeTextFile(
      `${root}/routes/index.ts`,
      `import { h } from "preact";
       import { Far } from "../Far.ts";
       export default () => h(Far, null);`,
    );
    const builder = new Builder({ root });
    builder.registerIsland("./Far.ts");
    const app = createApp();
    (await builder.build({ snapshot: "memory" }))(app);
    assert((await body(app, "/")).includes("frsh:island:0"));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Builder: listen() serves in development, with reload and no caching", async () => {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { Builder } from "fresh/dev";
       const root = ${JSON.stringify(FIXTURE)};
       await new Builder({ root }).listen(() => import(root + "/main.ts"), {
         port: 0,
         onListen: ({ port }) => console.log(port),
       });`,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const reader = process.stdout.getReader();
    const port = new TextDecoder().decode((await reader.read()).value).trim();
    await reader.cancel();
    const origin = `http://127.0.0.1:${port}`;
    const page = await fetch(origin);
    assertEquals(page.headers.get("cache-control"), "no-store");
    assert((await page.text()).includes("EventSource"));
    const alive = await fetch(`${origin}/_frsh/alive`);
    const stream = alive.body!.getReader();
    const first = new TextDecoder().decode((await stream.read()).value);
    assert(first.includes("event: id"), first);
    await stream.cancel();
  } finally {
    process.kill();
    await process.status;
  }
});
