/**
 * A challenge stops programs: real ones, with their own name and with a browser's. A browser test
 * shows that readers pass it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { guardHandler } from "../../lib/guard/mod.ts";
import { BROWSER } from "../../lab/actor.ts";
import { missingFor } from "../../lab/lab.ts";
import { TOOLS } from "../../lab/tools.ts";

/** The time limit of a tool, in milliseconds: one that fails at first does not succeed later. */
const PATIENCE_MS = 3_000;
const CHOSEN = ["ffuf", "gobuster", "dirb", "hydra", "sqlmap"];

/** A third-party app with everything behind a challenge. */
async function startSite() {
  const kv = await Deno.openKv(":memory:");
  let served = 0;
  let asked = 0;
  const guarded = guardHandler(() => {
    served++;
    return new Response("<h1>Welcome</h1>");
  }, {
    kv,
    policy: [{ name: "asked", challenge: true }],
    onRecord: () => void asked++,
  });
  await guarded.ready();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    guarded,
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    counts: () => ({ served, asked }),
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await guarded.close();
      kv.close();
    },
  };
}

async function run(command: string, args: string[]): Promise<void> {
  const child = new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  await child.status;
  clearTimeout(timer);
}

const BY_HAND: [name: string, args: (url: string) => string[]][] = [
  ["curl", (url) => ["-s", "-L", "--compressed", "-b", "", "-A", BROWSER, url]],
  ["wget", (url) => ["-q", "-t1", "-O", "/dev/null", "-U", BROWSER, url]],
];

for (const [name, args] of BY_HAND) {
  const isMissing = (await missingFor({
    name,
    needs: [name],
    run() {
      return Promise.resolve();
    },
  })).length > 0;
  Deno.test({
    name: `${name} does not get through a challenge`,
    ignore: isMissing,
    async fn() {
      await using site = await startSite();
      await run(name, args(site.url));
      const { served, asked } = site.counts();
      assert(asked > 0);
      assertEquals(served, 0);
    },
  });
}

for (const tool of TOOLS.filter(({ name }) => CHOSEN.includes(name))) {
  const isMissing = (await missingFor(tool)).length > 0;
  Deno.test({
    name: `${tool.name} does not get through a challenge`,
    ignore: isMissing,
    async fn() {
      const folder = await Deno.makeTempDir();
      await using site = await startSite();
      try {
        for (const agent of [null, BROWSER]) {
          const target = { url: site.url, agent, folder };
          const started = tool.run(target);
          if (started instanceof Promise) await started;
          else await run(started.command, started.args);
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
      const { served, asked } = site.counts();
      assert(asked > 0);
      assertEquals(served, 0);
    },
  });
}
