import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { taskEnv } from "../_server.ts";

const ROOT = new URL("../../", import.meta.url);
const { tasks } = JSON.parse(
  await Deno.readTextFile(new URL("deno.json", ROOT)),
) as { tasks: Record<string, string> };

const CONTRACT = [
  "start",
  "dev",
  "build",
  "test",
  "ok",
  "bench",
  "block-ip",
  "unblock-ip",
  "allow-ip",
  "list-blocked",
  "check-ip",
  "detect",
  "lift",
  "robots",
  "policy",
  "create-user",
  "import-log",
  "export",
  "doctor",
  "use-fresh",
];

Deno.test("tasks: each has --help that says how it is called", async (t) => {
  assertEquals(CONTRACT.filter((name) => !(name in tasks)), []);
  for (const [name, command] of Object.entries(tasks)) {
    const script = /\S+\/\S+\.ts/.exec(command)?.[0];
    const isThere = script === undefined ||
      await Deno.stat(new URL(script, ROOT)).then(() => true, () => false);
    await t.step({
      name,
      // `test` and unfinished commands have no help of their own.
      ignore: name === "test" || !isThere,
      async fn() {
        const { code, stdout } = await new Deno.Command(Deno.execPath(), {
          args: ["task", "--quiet", name, "--help"],
          cwd: ROOT,
          clearEnv: true,
          env: taskEnv({ KV_PATH: "/nowhere/kv.db", NO_COLOR: "1" }),
        }).output();
        const text = new TextDecoder().decode(stdout);
        assertEquals(code, 0, text);
        assertStringIncludes(text, `Usage: deno task ${name}`);
        assert(text.trimEnd().split("\n").length >= 3, text);
      },
    });
  }
});
