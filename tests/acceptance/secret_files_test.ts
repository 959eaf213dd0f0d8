import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runTask } from "../_server.ts";

const PASSWORD = "a password in a file";

Deno.test("A secret may stand in a file, and a file that is none ends the process with one line", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/secret`;
    await Deno.writeTextFile(file, `${PASSWORD}\n`);
    const run = (env: Record<string, string>) =>
      runTask("doctor", [], {
        env: {
          KV_PATH: `${folder}/store.db`,
          GEO_PROVIDER: "off",
          ...env,
        },
      });
    await t.step("read", async () => {
      const { stderr } = await run({
        ADMIN_USERNAME: "root",
        ADMIN_PASSWORD_FILE: file,
      });
      assertEquals(stderr, "");
    });
    const key = new Uint8Array(32).toBase64();
    const bad: [string, Record<string, string>][] = [
      ["missing", { IPINFO_TOKEN_FILE: `${folder}/none` }],
      ["folder", { IPINFO_TOKEN_FILE: folder }],
      ["both", { SECRET_KEY: key, SECRET_KEY_FILE: file }],
      ["no key", { SECRET_KEY_FILE: file }],
    ];
    for (const [name, env] of bad) {
      await t.step(name, async () => {
        const { code, stderr } = await run(env);
        assertEquals(code, 1);
        assertEquals(stderr.trim().split("\n").length, 1, stderr);
        assertStringIncludes(stderr, Object.keys(env).at(-1)!.slice(0, 10));
        assert(!stderr.includes(PASSWORD), stderr);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
