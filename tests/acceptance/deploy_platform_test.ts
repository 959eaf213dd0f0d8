/**
 * The entry for Deno Deploy, with the platform's variables and its way to end it.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { scanRequests } from "../../lib/log/request_query.ts";
import { requireDurable } from "../../lib/store/durable.ts";
import { bringUpToDate, SchemaError } from "../../lib/store/schema.ts";
import { taskEnv, temporaryKvPath } from "../_server.ts";
import { startKvConnect, TOKEN } from "../kv_connect/server.ts";

const ROOT = new URL("../../", import.meta.url);
/** Set on Deploy, where users cannot set variables that begin with DENO_. */
const DEPLOY = { DENO_DEPLOY: "true", DENO_DEPLOYMENT_ID: "b1946ac92492d234" };

/** The parts of the configuration that Deploy reads: build commands, and the entrypoint. */
const { deploy, tasks, unstable } = JSON.parse(
  await Deno.readTextFile(new URL("deno.json", ROOT)),
);

/** Runs the entrypoint like Deploy; DENO_KV_DEFAULT_PATH stands for the assigned database. */
function run(env: Record<string, string>) {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["serve", "--allow-all", "--host", "127.0.0.1"],
      ...["--port", "0", deploy.runtime.entrypoint],
    ],
    cwd: ROOT,
    clearEnv: true,
    env: taskEnv({ ...DEPLOY, GEO_PROVIDER: "off", NO_COLOR: "1", ...env }),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("Deno Deploy: deno.json says what is installed, built and run, and what is unstable", async () => {
  assertEquals(deploy.runtime.type, "dynamic");
  assert((await Deno.stat(new URL(deploy.runtime.entrypoint, ROOT))).isFile);
  const [, task] = /^deno task (\S+)$/.exec(deploy.build)!;
  assert(tasks[task!]);
  assertEquals(deploy.install, "deno install --frozen");
  // Deploy accepts no flags.
  for (const feature of ["kv", "cron"]) assert(unstable.includes(feature));
});

Deno.test("Deno Deploy: a store that would not outlive the process ends it with one line", async (t) => {
  const rows: [string, Record<string, string>, string][] = [
    ["the default", {}, 'KV_PATH is "./data/portcullis.db"'],
    ["a file", { KV_PATH: "/tmp/kv.db" }, 'KV_PATH is "/tmp/kv.db"'],
    ["in memory", { KV_PATH: ":memory:" }, 'KV_PATH is ":memory:"'],
    [
      "no database assigned",
      { KV_PATH: ":default:", DENO_KV_DB_MODE: "memory" },
      "(KV_PATH): it has no database",
    ],
  ];
  for (const [name, env, says] of rows) {
    await t.step(name, async () => {
      const { code, stdout, stderr } = await run(env).output();
      const [out, error] = [stdout, stderr].map((bytes) =>
        new TextDecoder().decode(bytes)
      ) as [string, string];
      assertEquals([code, out], [1, ""], error);
      assertEquals(error.trimEnd().split("\n").length, 1, error);
      assert(
        error.includes(says) && error.includes("ALLOW_EPHEMERAL=1"),
        error,
      );
    });
  }
});

Deno.test("Deno Deploy: the built entry serves, and stores its log on SIGINT", async () => {
  const kvPath = await temporaryKvPath();
  const child = run({
    KV_PATH: ":default:",
    ALLOW_EPHEMERAL: "1",
    DENO_KV_DEFAULT_PATH: kvPath,
    ADMIN_USERNAME: "root",
    ADMIN_PASSWORD: "correct horse battery",
  });
  let text = "";
  const drained = child.stdout.pipeTo(new WritableStream());
  const decoder = new TextDecoder();
  let origin = "";
  let onListen = () => {};
  const listening = new Promise<void>((resolve) => onListen = resolve);
  const read = child.stderr.pipeTo(
    new WritableStream({
      write(bytes) {
        text += decoder.decode(bytes);
        origin = /http:\/\/127\.0\.0\.1:\d+(?=\/)/.exec(text)?.[0] ?? "";
        if (origin) onListen();
      },
    }),
  );
  await Promise.race([listening, child.status]);
  assert(origin, text);
  const login = await fetch(`${origin}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      username: "root",
      password: "correct horse battery",
    }),
  });
  assertEquals(login.status, 200);
  await login.body?.cancel();
  for (const path of ["/", "/healthz", "/styles.css", "/wp-login.php"]) {
    const response = await fetch(`${origin}${path}`);
    await response.body?.cancel();
    assertEquals(response.status, path.endsWith(".php") ? 404 : 200, path);
  }
  const began = performance.now();
  child.kill("SIGINT");
  const status = await child.status;
  await Promise.all([read, drained]);
  assertEquals(status.code, 0, text);
  assert(performance.now() - began < 5_000, "Deploy would have killed it");

  using kv = await Deno.openKv(kvPath);
  const all = { from: 0, to: Date.now() + 1_000 };
  const logged = (await Array.fromAsync(scanRequests(kv, all, Date.now)))
    .flat().map(({ path }) => path);
  assertEquals(logged, ["/api/login", "/", "/wp-login.php"]);
  kv.close();
  await Deno.remove(kvPath.replace(/\/[^/]*$/, ""), { recursive: true });
});

Deno.test("requireDurable() tells Deploy's databases from a store in memory", async () => {
  Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
  const config = {
    onDeploy: true,
    allowEphemeral: false,
    kvPath: ":default:",
  };
  {
    using memory = await Deno.openKv(":memory:");
    await bringUpToDate(memory);
    await assertRejects(() => requireDurable(memory, config), SchemaError);
    await requireDurable(memory, { ...config, allowEphemeral: true });
    await requireDurable(memory, { ...config, onDeploy: false });
    await requireDurable(memory, { ...config, kvPath: "http://kv" });
  }
  // As counted by FoundationDB.
  await using server = startKvConnect(Date.now, 41_000_000_000_000n);
  using kv = await Deno.openKv(server.url);
  await bringUpToDate(kv);
  await requireDurable(kv, config);
});
