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
        // Nothing answers there.
        env: { ...taskEnv({}), JSR_URL: "http://127.0.0.1:1/" },
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
    };
    const config = await read("deno.json");
    const hadLinks = "links" in JSON.parse(config);
    await choose("local");
    const local = await read("deno.json");
    if (hadLinks) assertEquals(local, config);
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
