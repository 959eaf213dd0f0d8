import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { keys } from "../../lib/store/keys.ts";
import { bringUpToDate } from "../../lib/store/schema.ts";
import { runTask, taskEnv } from "../_server.ts";
import { Link } from "../kv_connect/link.ts";
import { startKvConnect, TOKEN } from "../kv_connect/server.ts";
import { assertRefused, taskBench } from "./_tasks.ts";
import { waitFor } from "../_wait.ts";

const env = { DENO_KV_ACCESS_TOKEN: TOKEN };

async function entries(path: string): Promise<[Deno.KvKey, unknown][]> {
  using kv = await Deno.openKv(path);
  const all = await Array.fromAsync(kv.list({ prefix: [] }));
  return all.map(({ key, value }) => [key, value]);
}

async function fill(path: string): Promise<void> {
  using kv = await Deno.openKv(path);
  await bringUpToDate(kv);
  for (let n = 0; n < 120; n++) {
    await kv.set(keys.requestLog(n, "w", 0), "x".repeat(50_000));
  }
}

const migrate = (from: string, to: string, ...more: string[]) =>
  runTask("migrate-kv", ["--from", from, "--to", to, ...more], { env });

Deno.test("migrate-kv: file to file, and what was there before is not touched without --force", async () => {
  await using bench = await taskBench();
  await fill(bench.kvPath);
  const copy = `${bench.folder}/new/copy.db`;
  const run = await migrate(bench.kvPath, copy);
  assertEquals([run.code, run.stderr], [0, ""]);
  assertStringIncludes(run.stdout, "Copied 121 entries; 0 had expired.");
  assertStringIncludes(run.stdout, "Both have 121 entries");
  assertEquals(await entries(copy), await entries(bench.kvPath));

  assertRefused(await migrate(bench.kvPath, copy), 1, "it is not empty");
  {
    using kv = await Deno.openKv(copy);
    await kv.set(["later"], 1);
  }
  const forced = await migrate(bench.kvPath, copy, "--force");
  assertEquals([forced.code, forced.stderr], [0, ""]);
  assertEquals(await entries(copy), await entries(bench.kvPath));
});

Deno.test("migrate-kv: killed in the middle it goes on, to KV Connect and back", async () => {
  Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
  await using bench = await taskBench();
  await using server = startKvConnect();
  await using link = new Link(server.port);
  await fill(bench.kvPath);
  link.delayMs = 5;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "-A", "tasks/migrate_kv.ts"],
      ...["--from", bench.kvPath, "--to", link.url],
    ],
    clearEnv: true,
    env: taskEnv(env),
    stdout: "null",
    stderr: "null",
  }).spawn();
  using kv = await Deno.openKv(server.url);
  const mark = async () =>
    (await kv.get<{ after: unknown }>(keys.migrating())).value;
  await waitFor("the mark", async () => (await mark())?.after != null);
  child.kill("SIGKILL");
  assertEquals((await child.status).signal, "SIGKILL");
  assert(await mark(), "it was killed in the middle");

  link.delayMs = 0;
  // No server and no task uses an incomplete store.
  const early = await runTask("list-blocked", [], {
    env: { ...env, KV_PATH: server.url },
  });
  assertRefused(early, 1, "copied into it incompletely");
  const run = await migrate(bench.kvPath, link.url);
  assertEquals([run.code, run.stderr], [0, ""]);
  assertStringIncludes(run.stdout, "Resumed an interrupted copy.");
  const copied = Number(/Copied (\d+) entries/.exec(run.stdout)![1]);
  assert(copied < 121, `${copied} were copied once more`);
  assertEquals(await entries(server.url), await entries(bench.kvPath));
  assertEquals(await mark(), null);

  // In the other direction, with a token for the source alone.
  const back = `${bench.folder}/back.db`;
  const args = ["--from", server.url, "--to", back];
  const returned = await runTask("migrate-kv", args, {
    env: { KV_FROM_ACCESS_TOKEN: TOKEN },
  });
  assertEquals([returned.code, returned.stderr], [0, ""]);
  assertEquals(await entries(back), await entries(bench.kvPath));
});

Deno.test("migrate-kv: what cannot be done ends with one line", async (t) => {
  await using bench = await taskBench();
  await fill(bench.kvPath);
  const { folder, kvPath } = bench;
  const none = `${folder}/none.db`;
  const rows: [string, string[], 1 | 2, string][] = [
    ["no --to", ["--from", kvPath], 2, "--to is missing"],
    ["no --from", ["--to", kvPath], 2, "--from is missing"],
    ["memory", ["--from", ":memory:", "--to", none], 2, "--from is :memory:"],
    ["ftp", ["--from", kvPath, "--to", "ftp://x/"], 2, "an http(s) URL"],
    ["no such file", ["--from", none, "--to", kvPath], 1, "no such file"],
    ["a folder", ["--from", folder, "--to", none], 1, "no such file"],
    [
      "the same",
      [
        "--from",
        kvPath,
        "--to",
        `${folder}/../${folder.split("/").at(-1)}/kv.db`,
      ],
      1,
      "--to is the same",
    ],
    [
      "nobody there",
      ["--from", kvPath, "--to", "http://127.0.0.1:1"],
      1,
      "(--to)",
    ],
  ];
  for (const [name, args, code, says] of rows) {
    await t.step(name, async () => {
      assertRefused(await runTask("migrate-kv", args, { env }), code, says);
    });
  }
  assertEquals(await Deno.stat(none).catch(() => null), null);
});
