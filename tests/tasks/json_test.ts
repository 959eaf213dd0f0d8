import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../tasks/_commands.ts";
import { logLine, type TaskBench, taskBench, WITHOUT_JSON } from "./_tasks.ts";

interface Recipe {
  args: string[];
  stdin?: string;
  env?: Record<string, string>;
  /** Fields of the object, or of the list's first item. */
  has: string[];
  /** It fails, as there is nothing to do. @default {0} */
  code?: number;
}

/** One call of each command that works on a store after `FIRST`. */
function recipes(folder: string, webhook: string): Record<string, Recipe> {
  const error = ["error"];
  return {
    "unblock-ip": {
      args: ["203.0.113.1"],
      has: ["ip_address", "still_blocked_by"],
    },
    "allow-ip": {
      args: ["192.0.2.1", "--for", "1h"],
      has: ["ip_address", "reason", "created_by", "expires_at", "lifted"],
    },
    "list-blocked": { args: [], has: ["ip_address", "hits"] },
    "check-ip": { args: ["203.0.113.2"], has: [] },
    "import-list": {
      args: [`${folder}/list.txt`, "--source", "mine"],
      has: ["source", "from", "dry_run", "result", "entries"],
    },
    "feeds": { args: ["list"], has: [] },
    "policy": { args: ["show"], has: [] },
    "lift": { args: ["203.0.113.9"], has: error, code: 1 },
    "robots": { args: [], has: ["text"] },
    "detect": { args: ["--dry-run"], has: ["flagged", "examined", "findings"] },
    "import-log": { args: [`${folder}/access.log`], has: [] },
    "export": { args: ["blocked"], has: ["ip_address", "reason"] },
    "test-alert": {
      args: [],
      env: { ALERT_WEBHOOK_URL: webhook, OUTBOUND_PRIVATE: "1" },
      has: ["host", "format", "signed", "status", "took_ms", "words"],
    },
    "create-user": {
      args: ["omar", "--admin"],
      stdin: "correct horse battery\n",
      has: ["id", "username", "role", "created_at", "is_active"],
    },
    "erase": {
      args: ["203.0.113.77", "--yes"],
      has: ["of", "kind", "dry_run", "requests", "is_done", "blocked"],
    },
    "doctor": { args: [], has: [] },
    "settings": { args: [], has: ["name", "default", "help"] },
    "help": { args: [], has: ["name", "group", "about"] },
    "backup": { args: [`${folder}/b.jsonl`], has: ["file", "entries"] },
    // These read the results of earlier calls.
    "restore": {
      args: [`${folder}/first.jsonl`],
      env: { KV_PATH: `${folder}/restored.db` },
      has: ["file", "created_at", "entries", "expired"],
    },
    "migrate-kv": {
      args: ["--from", `${folder}/still.db`, "--to", `${folder}/copy.db`],
      has: ["from", "to", "written", "entries", "sha256", "copied_again"],
    },
    "block-ip": {
      args: ["203.0.113.3", "--reason", "\u202escan", "--for", "1h"],
      has: ["ip_address", "reason", "created_at", "expires_at", "impact"],
    },
  };
}

/** Runs some concurrently, as each is a process. */
async function inTurn<T>(
  items: readonly T[],
  run: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  await Promise.all([1, 2, 3].map(async () => {
    for (
      let item = waiting.shift();
      item !== undefined;
      item = waiting.shift()
    ) {
      await run(item);
    }
  }));
}

function fieldsOf(value: unknown): string[] {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "object" && first !== null ? Object.keys(first) : [];
}

async function prepare(bench: TaskBench): Promise<void> {
  const { folder } = bench;
  await Deno.writeTextFile(`${folder}/list.txt`, "45.83.64.0/24\n");
  await Deno.writeTextFile(
    `${folder}/access.log`,
    `${logLine("198.51.100.7", "05/Jan/2026:12:00:00 +0000")}\n`,
  );
  await bench.ok("block-ip", "203.0.113.1");
  await bench.ok("block-ip", "203.0.113.2");
  await bench.ok("backup", `${folder}/first.jsonl`);
  await bench.run("restore", [`${folder}/first.jsonl`], {
    env: { KV_PATH: `${folder}/still.db` },
  });
}

Deno.test("--json: every command that reports something prints one JSON value, and its errors as one", async () => {
  await using bench = await taskBench();
  await using hook = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("ok"),
  );
  await prepare(bench);
  const all = recipes(bench.folder, `http://127.0.0.1:${hook.addr.port}/x`);
  const names = COMMANDS
    .filter(({ name, run }) => run !== undefined && !WITHOUT_JSON.has(name))
    .map(({ name }) => name);
  assertEquals(Object.keys(all).sort(), names.sort());

  await inTurn(names, async (name) => {
    const { args, stdin, env, has, code = 0 } = all[name]!;
    const run = await bench.run(name, [...args, "--json"], { stdin, env });
    assertEquals(run.code, code, `${name}: ${run.stderr}`);
    const text = code === 0 ? run.stdout : run.stderr;
    if (code !== 0) assertEquals(run.stdout, "", name);
    const fields = fieldsOf(JSON.parse(text));
    for (const field of has) {
      assert(fields.includes(field), `${name}: ${field} of ${text}`);
    }
    // Terminal control characters are escaped.
    assert(!text.includes("\u202e"), name);
  });

  await inTurn(names, async (name) => {
    const run = await bench.run(name, ["--json", "--nonsense"]);
    assertEquals([run.code, run.stdout], [2, ""], `${name}: ${run.stderr}`);
    assertEquals(run.stderr.trimEnd().split("\n").length, 1, name);
    const { error, usage } = JSON.parse(run.stderr);
    assertEquals(error, "Unknown option --nonsense", name);
    assert(usage.startsWith(`deno task ${name}`), usage);
  });
});

Deno.test("--json: what the environment and the store refuse is JSON, too", async () => {
  await using bench = await taskBench();
  for (
    const [env, says] of [
      [{ PORT: "x" }, "PORT is"],
      [{ KV_PATH: ":memory:" }, "KV_PATH is :memory:"],
    ] as const
  ) {
    const run = await bench.run("unblock-ip", ["203.0.113.1", "--json"], {
      env,
    });
    assertEquals([run.code, run.stdout], [1, ""], run.stderr);
    assert(JSON.parse(run.stderr).error.includes(says), run.stderr);
  }
});

Deno.test("erase --json asks nothing: it wants --yes or --dry-run", async () => {
  await using bench = await taskBench();
  const run = await bench.run("erase", ["203.0.113.1", "--json"]);
  assertEquals(run.code, 2);
  assert(JSON.parse(run.stderr).error.includes("--yes"), run.stderr);
});
