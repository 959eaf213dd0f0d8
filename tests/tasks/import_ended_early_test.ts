import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { keys } from "../../lib/store/keys.ts";
import { flagsOf, taskEnv } from "../_server.ts";
import { waitFor } from "../_wait.ts";
import { logLine, taskBench } from "./_tasks.ts";

/** Requests over the threshold of an hour, among others. */
function busyLog(lines: number): string {
  const minute = (at: number) => String(Math.floor(at / 1_000) % 60);
  return Array.from({ length: lines }, (_, at) =>
    logLine(
      at % 20 === 0 ? "203.0.113.9" : `198.51.100.${at % 250}`,
      `01/Oct/2025:08:${minute(at).padStart(2, "0")}:00 +0000`,
      `/page/${at}`,
    )).join("\n") + "\n";
}

Deno.test("import-log: an interrupted import says how far it came, and the next one judges all of it", async () => {
  await using bench = await taskBench();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...flagsOf("import-log"), "tasks/import_log.ts"]
      .concat("-"),
    clearEnv: true,
    env: taskEnv({ KV_PATH: bench.kvPath, GEO_PROVIDER: "off" }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log = busyLog(30_000);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(log));
  const stored = await waitFor("records with their hours", async () => {
    const file = await Deno.stat(bench.kvPath).catch(() => null);
    if (file === null) return undefined;
    using kv = await Deno.openKv(bench.kvPath);
    const left = kv.list({ prefix: keys.importUnjudgedAll() });
    return (await Array.fromAsync(left)).length > 0 || undefined;
  });
  assertEquals(stored, true);
  child.kill("SIGINT");
  const { code, stdout, stderr } = await child.output();
  await writer.close().catch(() => {});
  const said = new TextDecoder().decode(stderr);
  assertEquals([code, stdout.length], [130, 0], said);
  const requests = Number(
    /^Interrupted\. At least (\d+) requests are stored; run it again to add the rest, and detection runs over all\.\n$/
      .exec(said)?.[1],
  );
  assert(requests >= 0, said);

  const file = `${bench.folder}/access.log`;
  await Deno.writeTextFile(file, log);
  const rest = JSON.parse(await bench.ok("import-log", file, "--json"));
  assert(rest.known >= requests && rest.known > 0, `${rest.known} known`);
  assertEquals(rest.requests + rest.known, 30_000);
  const findings = JSON.parse(
    await bench.ok("export", "suspicious", "--json"),
  ) as { ip_address: string; reason: string }[];
  const busy = findings.filter((finding) => finding.reason === "high_volume");
  assertEquals(
    busy.map(({ ip_address }) => ip_address).includes("203.0.113.9"),
    true,
  );
  assertEquals(
    (await bench.dump()).filter((entry) => entry.includes("import_unjudged")),
    [],
  );
});

Deno.test("import-log: hours that were stored without detection are judged although every line is known", async () => {
  await using bench = await taskBench();
  const file = `${bench.folder}/access.log`;
  await Deno.writeTextFile(file, busyLog(4_000));
  // What a kill right after storing leaves behind.
  await bench.ok("import-log", file, "--no-detect");
  assertEquals(await bench.ok("export", "suspicious", "--json"), "[]\n");
  {
    using kv = await Deno.openKv(bench.kvPath);
    await kv.set(keys.importUnjudged("a", 0), {
      v: 1,
      expires_at: Date.now() + 60_000,
      hours: Uint32Array.of(Date.UTC(2025, 9, 1, 8) / 3_600_000),
    });
  }
  const again = JSON.parse(await bench.ok("import-log", file, "--json"));
  assertEquals([again.requests, again.known], [0, 4_000]);
  assertStringIncludes(
    await bench.ok("export", "suspicious", "--json"),
    "high_volume",
  );
});

Deno.test("import-log: a full disk is named with the store and how far the import came", async () => {
  await using bench = await taskBench();
  const file = `${bench.folder}/access.log`;
  await Deno.writeTextFile(file, busyLog(30));
  await bench.ok("block-ip", "203.0.113.77");
  {
    using database = new DatabaseSync(bench.kvPath);
    database.exec(`create trigger full before insert on kv begin
      select raise(fail, 'database or disk is full'); end`);
  }
  const run = await bench.run("import-log", [file]);
  assertEquals([run.code, run.stdout], [1, ""]);
  assertEquals(
    run.stderr,
    `Cannot use KV at ${
      JSON.stringify(bench.kvPath)
    } (KV_PATH): database or disk is full. At least 0 requests are stored; run it again to add the rest, and detection runs over all.\n`,
  );
  const block = await bench.run("block-ip", ["203.0.113.78"]);
  assertEquals(block.code, 1);
  assertStringIncludes(
    block.stderr,
    `Cannot use KV at ${JSON.stringify(bench.kvPath)} (KV_PATH): `,
  );
  assertStringIncludes(block.stderr, "database or disk is full\n");
});
