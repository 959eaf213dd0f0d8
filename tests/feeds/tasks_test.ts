import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { keys } from "../../lib/store/keys.ts";
import { taskEnv } from "../_server.ts";
import { assertRefused, taskBench } from "../tasks/_tasks.ts";
import { addresses } from "./_feeds.ts";
import { waitFor } from "../_wait.ts";

const PRIVATE = { OUTBOUND_PRIVATE: "1" };

async function served(list: string) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(list),
  );
  await Promise.resolve();
  return {
    url: `http://127.0.0.1:${server.addr.port}/list.txt`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("import-list: says what it would do, does it, and does it again", async () => {
  await using bench = await taskBench();
  const file = `${bench.folder}/drop.txt`;
  await Deno.writeTextFile(
    file,
    "; Spamhaus DROP List\n1.10.16.0/20 ; SBL256894\n10.0.0.0/8\nbanana\n8.8.8.8\n",
  );
  const dry = await bench.ok(
    "import-list",
    file,
    "--source",
    "drop",
    "--dry-run",
  );
  assertStringIncludes(dry, "2 new, 0 kept, 0 gone");
  assertStringIncludes(dry, "1 private or reserved");
  assertStringIncludes(dry, '"banana"');
  assertStringIncludes(dry, "Nothing was written.");
  assertEquals(await bench.ok("list-blocked"), "Nothing is blocked.\n");

  await bench.ok("import-list", file, "--source", "drop", "--for", "7d");
  const list = await bench.ok("list-blocked");
  assertStringIncludes(list, "1.10.16.0/20");
  assertStringIncludes(list, "SBL256894");
  assertStringIncludes(list, "feed:drop");

  const json = await bench.run(
    "import-list",
    ["-", "--source", "drop", "--json"],
    { stdin: "8.8.8.8\n8.8.4.4\n" },
  );
  const done = JSON.parse(json.stdout);
  assertEquals([json.code, done.result, done.changes.gone], [0, "applied", 1]);
  const packed = await new Response(
    new Blob(["8.8.8.8\n8.8.4.4\n8.8.1.1"]).stream()
      .pipeThrough(new CompressionStream("gzip")),
  ).bytes();
  await Deno.writeFile(`${file}.gz`, packed);
  assertStringIncludes(
    await bench.ok("import-list", `${file}.gz`, "--source", "drop"),
    "1 new, 2 kept",
  );
  assertStringIncludes(await bench.ok("feeds"), "drop  3 entries  from a file");
});

Deno.test("import-list: what looks wrong, is missing or misspelt is refused", async () => {
  await using bench = await taskBench();
  const source = ["--source", "mine"];
  const wrong: [args: string[], code: 1 | 2, says: string, stdin?: string][] = [
    [[], 2, "expected one file or URL"],
    [["x.txt"], 2, "--source"],
    [["x.txt", "--source", "My List"], 2, "lower case"],
    [["x.txt", ...source, "--for", "soon"], 2, "soon"],
    [["ftp://lists.example/x", ...source], 2, "http or https"],
    [[`${bench.folder}/none.txt`, ...source], 1, "Cannot read"],
    [["http://127.0.0.1:9/x", ...source], 1, "OUTBOUND_PRIVATE"],
    [["-", ...source], 1, "empty", "# nothing"],
    [["-", ...source], 1, "all of its lines", "<html>\n</html>"],
  ];
  for (const [args, code, says, stdin] of wrong) {
    assertRefused(await bench.run("import-list", args, { stdin }), code, says);
  }
  await bench.run("import-list", ["-", ...source], { stdin: addresses(50) });
  const held = await bench.run("import-list", ["-", ...source], {
    stdin: "8.8.8.8",
  });
  assertEquals(held.code, 1);
  assertStringIncludes(held.stderr, "shrunk from 50 entries to 1");
  const sure = await bench.run("import-list", ["-", ...source, "--yes"], {
    stdin: "8.8.8.8",
  });
  assertEquals(sure.code, 0, sure.stderr);
});

Deno.test("feeds: added, looked at, applied, refreshed and removed by commands", async () => {
  await using bench = await taskBench();
  await using host = await served("8.8.8.8\n8.8.4.4\n");
  const feeds = async (...args: string[]) => {
    const run = await bench.run("feeds", args, { env: PRIVATE });
    assertEquals([run.code, run.stderr], [0, ""], args.join(" "));
    return run.stdout;
  };
  assertEquals(await feeds(), "There are no feeds.\n");
  const added = await feeds("add", "drop", `${host.url}?key=secret`);
  assertStringIncludes(added, "2 entries: 2 new");
  assertStringIncludes(added, "deno task feeds apply drop");
  assertEquals(await bench.ok("list-blocked"), "Nothing is blocked.\n");
  assertStringIncludes(await feeds("apply", "drop"), "Applied: 2 new");
  assertStringIncludes(await bench.ok("list-blocked"), "feed:drop");
  assertStringIncludes(await feeds("refresh"), "has not changed");
  const list = await feeds("list", "--json");
  assert(!list.includes("secret"));
  const [item] = JSON.parse(list);
  assertEquals(
    [item.name, item.entries, item.every, item.for, item.result],
    ["drop", 2, "1d", "3d", "unchanged"],
  );
  const twice = ["add", "drop", host.url];
  assertRefused(await bench.run("feeds", twice), 1, "of that name");
  assertStringIncludes(await feeds("remove", "drop"), "with its 2 entries");
  assertEquals(await bench.ok("list-blocked"), "Nothing is blocked.\n");
  const now = await feeds("add", "two", host.url, "--yes", "--every", "6h");
  assertStringIncludes(now, "Applied");
});

Deno.test("feeds: wrong arguments are refused", async () => {
  await using bench = await taskBench();
  const url = "https://lists.example/x";
  const wrong: [args: string[], code: 1 | 2, says: string][] = [
    [["clear"], 2, "expected list, add"],
    [["constructor"], 2, "expected list, add"],
    [["list", "x"], 2, "expected list"],
    [["add", "x"], 2, "expected add NAME URL"],
    [["add", "X", url], 2, "lower case"],
    [["add", "x", "nowhere"], 2, "http or https"],
    [["add", "x", url, "--every", "1m"], 2, "1h to 30d"],
    [["add", "x", url, "--for", "24h"], 2, "twice"],
    [["remove"], 2, "expected remove NAME"],
    [["remove", "x"], 1, "no feed x"],
    [["refresh", "x"], 1, "no feed x"],
    [["apply", "x"], 1, "no feed x"],
  ];
  for (const [args, code, says] of wrong) {
    assertRefused(await bench.run("feeds", args), code, says);
  }
});

Deno.test("import-list: killed in the middle, it is ended by whoever comes next", async () => {
  await using bench = await taskBench();
  const file = `${bench.folder}/list.txt`;
  await Deno.writeTextFile(file, addresses(30_000));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ..."run --quiet --allow-net --allow-env --allow-read --allow-write"
        .split(" "),
      "tasks/import_list.ts",
      file,
      "--source",
      "mine",
    ],
    cwd: new URL("../../", import.meta.url),
    clearEnv: true,
    env: taskEnv({ KV_PATH: bench.kvPath }),
    stdout: "null",
    stderr: "null",
  }).spawn();
  using kv = await Deno.openKv(bench.kvPath);
  const blocked = { prefix: keys.accessAll("blocked") };
  await waitFor("the first 500 entries", async () => {
    const some = await Array.fromAsync(kv.list(blocked, { limit: 500 }));
    return some.length === 500;
  });
  child.kill("SIGKILL");
  await child.status;
  // The lease of the killed process would expire within a minute.
  await kv.delete(keys.lease("feed:mine"));
  const again = await bench.ok("import-list", file, "--source", "mine");
  assertStringIncludes(again, "30,000 kept");
  const all = await Array.fromAsync(kv.list(blocked, { batchSize: 1_000 }));
  assertEquals(all.length, 30_000);
});
