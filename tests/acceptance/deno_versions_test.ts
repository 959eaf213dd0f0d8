/**
 * The minimum for a user's version of Deno: start what the current one has built, log in, block,
 * and run detection on a log.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { LOWEST_DENO } from "../../lib/base/deno_version.ts";
import { runTask, temporaryKvPath } from "../_server.ts";
import { logLine } from "../tasks/_tasks.ts";
import { ADMIN, startWithAdmin } from "./_admin.ts";
import { waitFor } from "../_wait.ts";

/** `DENO_LOWEST=/path/to/deno` is one of the lowest supported version. */
const lowest = Deno.env.get("DENO_LOWEST");
const line = LOWEST_DENO.split(".").slice(0, 2).join(".");

const denos: { name: string; path?: string; line: string }[] = [
  {
    name: "the current Deno",
    path: Deno.execPath(),
    line: Deno.version.deno,
  },
  {
    name: `Deno ${line}${lowest ? "" : " (needs one: set DENO_LOWEST)"}`,
    path: lowest,
    line,
  },
];

for (const { name, path: deno, line } of denos) {
  Deno.test({
    name: `${name} starts what is built, logs in, blocks and detects`,
    ignore: deno === undefined,
    async fn() {
      const kvPath = await temporaryKvPath();
      const folder = kvPath.slice(0, kvPath.lastIndexOf("/"));
      const env = { KV_PATH: kvPath };
      const task = async (name: string, ...args: string[]) => {
        const { code, stdout, stderr } = await runTask(name, args, {
          env,
          deno,
        });
        assertEquals([code, stderr], [0, ""], name);
        return stdout;
      };
      try {
        {
          await using server = await startWithAdmin({
            deno,
            kvPath,
            env: { TRUSTED_PROXIES: "127.0.0.1" },
          });
          const started = server.errors().match(/"deno":"([\d.]+)"/)?.[1];
          assert(started?.startsWith(line), started);
          const form = await fetch(`${server.origin}/login`, {
            method: "POST",
            body: new URLSearchParams(ADMIN),
            headers: { origin: server.origin },
            redirect: "manual",
          });
          await form.body?.cancel();
          assertEquals(form.status, 303);
          const cookie = form.headers.getSetCookie()
            .map((each) => each.split(";")[0]).join("; ");
          for (const page of ["/admin", "/admin/health", "/admin/requests"]) {
            const answer = await fetch(`${server.origin}${page}`, {
              headers: { cookie },
            });
            assertEquals(answer.status, 200, page);
            assertMatch(await answer.text(), /<\/html>/);
          }
          await task("block-ip", "203.0.113.9", "--reason", "smoke");
          const ask = async (ip: string) => {
            const answer = await fetch(server.origin, {
              headers: { "x-forwarded-for": ip },
            });
            await answer.body?.cancel();
            return answer.status;
          };
          await waitFor(
            "the block",
            async () => await ask("203.0.113.9") === 403,
          );
          assertEquals(await ask("203.0.113.10"), 200);
        }
        const file = `${folder}/access.log`;
        const request = logLine("203.0.113.77", "17/May/2015:10:05:03 +0000");
        await Deno.writeTextFile(file, `${request}\n`.repeat(101));
        await task("import-log", file, "--no-detect");
        const at = "2015-05-17T11:00:00Z";
        const found = JSON.parse(await task("detect", "--at", at, "--json"));
        assertEquals(found.findings[0].ip_address, "203.0.113.77");
        await task("backup", `${folder}/portcullis.bak`);
        assert((await Deno.stat(`${folder}/portcullis.bak`)).size > 0);
        const doctor = await task("doctor");
        assertMatch(doctor, new RegExp(`Deno ${line.replaceAll(".", "\\.")}`));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** The app's imports from Deno's own modules, by module. */
async function nodeImports(): Promise<Record<string, string[]>> {
  const names: Record<string, Set<string>> = {};
  const look = (code: string) => {
    const found = code.matchAll(
      /^import\s+(?:\w+,\s*)?\{([^}]*)\}\s+from "(node:[\w/]+)"/gm,
    );
    for (const [, list, module] of found) {
      for (const each of list!.split(",")) {
        const name = each.trim().split(/\s+as\s+/)[0]!;
        // Type imports do not remain in the output.
        if (name === "" || name.startsWith("type ")) continue;
        (names[module!] ??= new Set()).add(name);
      }
    }
  };
  async function below(url: URL): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(url)) {
      if (isDirectory) {
        await below(new URL(`${encodeURIComponent(name)}/`, url));
      } else if (/\.tsx?$/.test(name)) {
        look(await Deno.readTextFile(new URL(encodeURIComponent(name), url)));
      }
    }
  }
  const root = new URL("../../", import.meta.url);
  for (const folder of ["lib/", "tasks/", "middlewares/", "routes/"]) {
    await below(new URL(folder, root));
  }
  return Object.fromEntries(
    Object.entries(names).map(([module, all]) => [module, [...all]]),
  );
}

for (const { name, path: deno } of denos) {
  Deno.test({
    name: `${name} has all that is imported of node: modules`,
    ignore: deno === undefined,
    async fn() {
      const imports = await nodeImports();
      assert(imports["node:zlib"], "the look-up finds imports");
      const code = `const imports = ${JSON.stringify(imports)};
for (const [module, names] of Object.entries(imports)) {
  const there = await import(module);
  for (const name of names) if (!(name in there)) console.log(module, name);
}`;
      const { stdout } = await new Deno.Command(deno!, {
        args: ["eval", "--no-lock", code],
      }).output();
      assertEquals(new TextDecoder().decode(stdout), "");
    },
  });
}
