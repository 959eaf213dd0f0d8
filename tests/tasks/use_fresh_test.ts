import { assert, assertEquals } from "@std/assert";
import { taskEnv } from "../_server.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("use-fresh jsr and back leaves deno.json as it was, without reaching any registry", async () => {
  const copy = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${copy}/tasks`);
    for (const name of ["deno.json", "deno.lock", "tasks/use_fresh.ts"]) {
      await Deno.copyFile(new URL(name, ROOT), `${copy}/${name}`);
    }
    for await (
      const { name, isDirectory } of Deno.readDir(new URL("links/", ROOT))
    ) {
      if (!isDirectory) continue;
      await Deno.mkdir(`${copy}/links/${name}`, { recursive: true });
      await Deno.copyFile(
        new URL(`links/${name}/deno.json`, ROOT),
        `${copy}/links/${name}/deno.json`,
      );
    }
    const read = (name: string) => Deno.readTextFile(`${copy}/${name}`);
    const choose = async (choice: string) => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "--quiet", "use-fresh", choice],
        cwd: copy,
        clearEnv: true,
        // Nothing listens there.
        env: { ...taskEnv({}), JSR_URL: "http://127.0.0.1:1/" },
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
    };
    const config = await read("deno.json");
    const wasLocal = JSON.parse(config).links?.includes("./links/fresh");
    await choose("local");
    const local = await read("deno.json");
    if (wasLocal) assertEquals(local, config);
    await choose("jsr");
    await choose("jsr");
    const jsr = JSON.parse(await read("deno.json"));
    assert(!("links" in jsr));
    const { links, ...others } = JSON.parse(local);
    assert(links.includes("./links/fresh"));
    assertEquals(jsr, others);
    await choose("local");
    assertEquals(await read("deno.json"), local);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
});

Deno.test("use-fresh links a checkout: the workspace or the package alone, with what it does not bring itself", async () => {
  const copy = await Deno.makeTempDir();
  const write = async (name: string, json: unknown) => {
    await Deno.mkdir(`${copy}/${name}`.replace(/\/[^/]*$/, ""), {
      recursive: true,
    });
    await Deno.writeTextFile(`${copy}/${name}`, JSON.stringify(json));
  };
  try {
    await Deno.mkdir(`${copy}/app/tasks`, { recursive: true });
    for (const name of ["deno.json", "tasks/use_fresh.ts"]) {
      await Deno.copyFile(new URL(name, ROOT), `${copy}/app/${name}`);
    }
    for (const name of ["fresh", "oak", "std-assert", "std-cli", "std-http"]) {
      const from = new URL(`links/${name}/deno.json`, ROOT);
      await write(
        `app/links/${name}/deno.json`,
        JSON.parse(await Deno.readTextFile(from)),
      );
    }
    const fresh = { name: "@fresh/core", version: "2.3.3" };
    await write("whole/deno.json", { workspace: ["./packages/*"] });
    await write("whole/packages/fresh/deno.json", fresh);
    await write("whole/packages/assert/deno.json", { name: "@std/assert" });
    await write("alone/deno.json", {
      ...fresh,
      imports: { "@std/cli": "jsr:@std/cli@^1.0.0" },
    });
    const run = async (folder: string) => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "--quiet", "use-fresh", folder],
        cwd: `${copy}/app`,
        clearEnv: true,
        env: taskEnv({}),
      }).output();
      const text = await Deno.readTextFile(`${copy}/app/deno.json`);
      const { links, compilerOptions } = JSON.parse(text);
      const isStrict: boolean = compilerOptions.noUncheckedIndexedAccess;
      return { code, links, isStrict, said: new TextDecoder().decode(stderr) };
    };
    for (const folder of ["../whole", `${copy}/whole/packages/fresh`]) {
      const { code, links, isStrict } = await run(folder);
      assertEquals([code, isStrict], [0, false]);
      assertEquals(links, [
        `${copy}/whole/`,
        "./links/oak",
        "./links/std-cli",
        "./links/std-http",
      ]);
    }
    const alone = await run("../alone");
    assertEquals(alone.links, [
      `${copy}/alone/`,
      "./links/oak",
      "./links/std-assert",
      "./links/std-http",
    ]);
    const nothing = await run("../none");
    assertEquals(nothing.code, 1);
    assert(nothing.said.includes("expected jsr, local, or a folder"));
    assertEquals((await run("local")).isStrict, true);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
});
