import { assertEquals } from "@std/assert";
import { assertRefused, taskBench } from "./_tasks.ts";

/** Arguments that are refused before anything is opened, and a word of the message. */
const WRONG: [name: string, args: string[], says: string][] = [
  ["block-ip", [], "expected one"],
  ["block-ip", ["203.0.113"], "expected an IP address or CIDR range"],
  ["block-ip", ["203.0.113.9O"], "expected an IP address or CIDR range"],
  ["block-ip", ["banana"], '"banana"'],
  ["block-ip", ["203.0.113.0/33"], "/33"],
  ["block-ip", ["010.0.0.1"], "expected an IP address or CIDR range"],
  ["block-ip", ["203.0.113.9", "203.0.113.10"], "expected one"],
  ["block-ip", ["203.0.113.9", "--ip", "203.0.113.10"], "expected one"],
  ["block-ip", ["203.0.113.9", "--for", "soon"], '"soon"'],
  ["block-ip", ["203.0.113.9", "--for"], "--for needs a value"],
  ["block-ip", ["203.0.113.9", "--reason", "a", "--reason", "b"], "--reason"],
  ["block-ip", ["203.0.113.9", "--until", "x"], "--until"],
  ["block-ip", ["203.0.113.9", "-x"], "-x"],
  ["unblock-ip", [], "expected one"],
  ["unblock-ip", ["1.2.3."], "expected an IP address or CIDR range"],
  ["allow-ip", ["::1%eth0"], "expected an IP address or CIDR range"],
  ["list-blocked", ["all"], "Got 1 argument, expected no arguments"],
  ["completions", ["tcsh"], "expected bash, zsh or fish"],
  ["feeds", ["add", "tor"], "expected add NAME URL"],
  ["export", ["address"], "expected an IP address after it"],
  ["migrate-kv", ["--from", "a"], "[--force] [--json]"],
  ["list-blocked", ["--csv"], "--csv"],
  ["check-ip", [], "expected one address"],
  ["check-ip", ["0x7f.0.0.1"], "expected an IP address"],
  ["detect", ["--at", "yesterday"], "expected a time"],
  ["detect", ["--at", "2026-13-01T00:00:00Z"], "expected a time"],
  ["detect", ["now"], "expected no arguments"],
  ["create-user", [], "expected one user name"],
  ["create-user", ["a b"], "letters, digits"],
  ["create-user", ["ann", "--role", "admin"], "--role"],
  ["import-log", [], "expected files"],
  ["import-log", ["x.log", "--format", "iis"], '"iis"'],
  ["export", [], "expected requests, blocked, suspicious"],
  ["export", ["users"], "expected requests, blocked, suspicious"],
  ["export", ["__proto__"], "expected requests, blocked, suspicious"],
  ["export", ["requests", "--format", "xml"], '"xml"'],
  ["export", ["requests", "--since", "7"], '"7"'],
  ["doctor", ["me"], "expected no arguments"],
  ["use-fresh", [], "expected jsr, local or a folder"],
  ["use-fresh", ["jsr", "local"], "expected jsr, local or a folder"],
  ["build", ["--fast"], "--fast"],
  ["start", ["--port", "80"], "--port"],
  ["dev", ["80"], "expected no arguments"],
];

Deno.test("tasks: wrong arguments end with status 2, one line, and nothing written", async (t) => {
  await using bench = await taskBench();
  for (const [name, args, says] of WRONG) {
    await t.step([name, ...args].join(" "), async () => {
      const stdin = "a password for ann\n";
      assertRefused(await bench.run(name, args, { stdin }), 2, says);
    });
  }
  const files = await Array.fromAsync(Deno.readDir(bench.folder));
  assertEquals(files, []);
});

Deno.test("tasks: what cannot be done ends with status 1, one line, and nothing written", async (t) => {
  await using bench = await taskBench();
  await bench.ok("block-ip", "203.0.113.0/24");
  const before = await bench.dump();
  const cases: [name: string, args: string[], says: string, stdin?: string][] =
    [
      ["unblock-ip", ["198.51.100.1"], "not on the blocklist"],
      ["unblock-ip", ["203.0.113.9"], "blocked by 203.0.113.0/24"],
      ["allow-ip", ["198.51.100.1", "--remove"], "not on the safelist"],
      ["create-user", ["ann"], "at least 8 characters", "short\n"],
      ["create-user", ["ann"], "at least 8 characters", ""],
      ["create-user", ["ann"], "one of the most common", "password123\n"],
      ["create-user", ["annabella"], "not the user name", "Annabella\n"],
      ["import-log", [`${bench.folder}/none.log`], 'none.log": no such file'],
      [
        "import-list",
        [`${bench.folder}/none`, "--source", "a"],
        "no such file",
      ],
      ["policy", ["check", `${bench.folder}/none`], "no such file"],
      ["import-log", [bench.folder], "Cannot read"],
    ];
  for (const [name, args, says, stdin] of cases) {
    await t.step([name, ...args].join(" "), async () => {
      assertRefused(await bench.run(name, args, { stdin }), 1, says);
    });
  }
  assertEquals(await bench.dump(), before);
});

Deno.test("tasks: a KV in memory is refused, as it is no other process's", async () => {
  await using bench = await taskBench();
  const env = { KV_PATH: ":memory:" };
  // The doctor reports it in a line of its own, and checks the rest.
  for (const name of ["list-blocked", "backup"]) {
    const args = name === "backup" ? [`${bench.folder}/b`] : [];
    assertRefused(await bench.run(name, args, { env }), 1, "KV_PATH");
  }
});

Deno.test("tasks: control characters of arguments do not reach the terminal", async () => {
  await using bench = await taskBench();
  const run = await bench.run("block-ip", ["\x1b[2J\u202e1.2.3.4"]);
  assertRefused(run, 2, "expected an IP address");
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x1b\u202e]/.test(run.stderr), false);
});
