import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { taskBench } from "./_tasks.ts";

interface Check {
  level: "ok" | "warn" | "bad";
  title: string;
  detail: string;
  fix?: string;
}

Deno.test("doctor finds nothing wrong with the defaults, and says what is still to do", async () => {
  await using bench = await taskBench();
  const checks: Check[] = JSON.parse(await bench.ok("doctor", "--json"));
  assertEquals(checks.filter(({ level }) => level === "bad"), []);
  const admin = checks.find(({ title }) => title === "Admin");
  assertEquals(admin?.level, "warn");
  assertStringIncludes(admin?.fix ?? "", "create-user");

  const stdin = "an admin's password";
  await bench.run("create-user", ["root", "--admin"], { stdin });
  const text = await bench.ok("doctor");
  assertStringIncludes(text, "An admin exists.");
  assertStringIncludes(text, "KV answers");
});

Deno.test("doctor names the line to change, and ends with status 1 where something is wrong", async () => {
  await using bench = await taskBench();
  const cases: [env: Record<string, string>, fix: string, code: number][] = [
    [{ TRUSTED_PROXIES: "0.0.0.0/0" }, "TRUSTED_PROXIES=", 1],
    [{ BYPASS_BLOCKLIST: "1" }, "BYPASS_BLOCKLIST=0", 0],
    [{ PUBLIC_ORIGIN: "https://example.org" }, "TRUSTED_PROXIES=", 0],
    [{ HOST: "0.0.0.0" }, "PUBLIC_ORIGIN=", 0],
  ];
  for (const [env, fix, code] of cases) {
    const run = await bench.run("doctor", [], { env });
    assertStringIncludes(run.stdout, `change: ${fix}`);
    assert(run.code === 1 || run.stderr === "", run.stderr);
    if (code === 1) {
      assertEquals(run.code, 1);
      assertEquals(run.stderr.split("\n").length, 2, run.stderr);
    }
  }
});

Deno.test("doctor suggests the proxy whose address all traffic shares", async () => {
  await using bench = await taskBench();
  const now = new Date();
  const month = now.toUTCString().slice(8, 11);
  const time = now.toISOString();
  const stamp = `${time.slice(8, 10)}/${month}/${time.slice(0, 4)}:${
    time.slice(11, 19)
  } +0000`;
  const line = `10.0.0.1 - - [${stamp}] "GET / HTTP/1.1" 200 5 "-" "-"`;
  const run = await bench.run("import-log", ["-"], {
    stdin: Array(200).fill(line).join("\n"),
  });
  assertEquals(run.code, 0, run.stderr);
  assertStringIncludes(await bench.ok("doctor"), "TRUSTED_PROXIES=10.0.0.1");
});

Deno.test("doctor looks at the clock, disk, versions, lists, jobs and store, and goes on where the store cannot be opened", async () => {
  await using bench = await taskBench();
  await bench.ok("block-ip", "203.0.113.9");
  await bench.ok("backup", `${bench.folder}/b`);
  const checks: Check[] = JSON.parse(await bench.ok("doctor", "--json"));
  const detail = (title: string) =>
    checks.find((check) => check.title === title)?.detail ?? "";
  assertStringIncludes(detail("Clock"), "no jump");
  assertStringIncludes(detail("Disk"), "are free");
  assertStringIncludes(detail("Versions"), `Deno ${Deno.version.deno}`);
  assertStringIncludes(detail("Lists"), "1 blocked, 0 on the safelist");
  assertStringIncludes(detail("Schema"), "Version 2");
  assertStringIncludes(detail("KV takes writes"), "A commit took");
  assertStringIncludes(detail("Geolocation"), "built 20");
  assertStringIncludes(detail("Backup"), "The last one was made");

  const run = await bench.run("doctor", [], {
    env: { KV_PATH: "http://127.0.0.1:1", DENO_KV_ACCESS_TOKEN: "x" },
  });
  assertEquals(run.code, 1);
  assertStringIncludes(run.stdout, "FAIL  KV opens");
  assertStringIncludes(run.stdout, "ok    Versions");
  const memory = await bench.run("doctor", [], {
    env: { KV_PATH: ":memory:" },
  });
  assertEquals([memory.code, memory.stderr], [0, ""]);
  assertStringIncludes(memory.stdout, "warn  KV: In memory");
});
