import { assertEquals } from "@std/assert";
import { listAudit } from "../../lib/store/audit.ts";
import { taskBench } from "./_tasks.ts";

Deno.test("commands that make an account, judge or import are in the audit trail", async () => {
  await using bench = await taskBench();
  const run = async (...[name, args, stdin]: [string, string[], string?]) => {
    const { code, stderr } = await bench.run(name, args, { stdin });
    assertEquals([code, stderr], [0, ""], name);
  };
  const day = new Date().toUTCString();
  const [, date, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(
    day,
  )!;
  const line = `192.0.2.1 - - [${date}/${month}/${year}:${time} +0000] ` +
    `"GET / HTTP/1.1" 200 12 "-" "curl/8"\n`;
  await run("create-user", ["ann", "--admin"], "an admin's password\n");
  await run("import-log", ["-"], line);
  await run("detect", []);
  await run("detect", ["--dry-run"]);
  const kv = await Deno.openKv(bench.kvPath);
  try {
    const { items } = await listAudit(kv, { limit: 20, now: Date.now() });
    assertEquals(
      items.map(({ who, what, target }) => [who, what, target]).reverse(),
      [
        ["create-user", "user_create", "ann"],
        ["import-log", "import_log", "1 requests"],
        ["detect", "detect", "0 findings"],
      ],
    );
  } finally {
    kv.close();
  }
});
