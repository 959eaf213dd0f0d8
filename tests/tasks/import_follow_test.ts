import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testReceiver } from "../alerts/_receiver.ts";
import { taskBench } from "./_tasks.ts";

/** A line of a combined log, of this minute. */
function line(path: string): string {
  const [, day, month, year, time] = /(\d+) (\w+) (\d+) ([\d:]+)/.exec(
    new Date().toUTCString(),
  )!;
  return `203.0.113.66 - - [${day}/${month}/${year}:${time} +0000] ` +
    `"GET ${path} HTTP/1.1" 404 0 "-" "Mozilla/5.0"\n`;
}

const PROBES = Array.from(
  { length: 40 },
  (_, n) => ["/.env", "/wp-login.php", "/.git/config"][n % 3] + `?${n}`,
).map(line).join("");

Deno.test("import-log --follow tells what comes in as live traffic is told, a plain import does not", async () => {
  await using bench = await taskBench();
  await using receiver = testReceiver();
  const env = { ALERT_WEBHOOK_URL: receiver.url, OUTBOUND_PRIVATE: "1" };

  const imported = await bench.run("import-log", ["-"], {
    env: { ...env, KV_PATH: `${bench.folder}/other.db` },
    stdin: PROBES,
  });
  assertEquals(imported.code, 0, imported.stderr);
  assertStringIncludes(imported.stdout, "203.0.113.66");
  assertEquals(receiver.got.length, 0);

  const told = await bench.run("import-log", ["-", "--follow", "--json"], {
    env: { ...env, KV_PATH: `${bench.folder}/third.db` },
    stdin: PROBES,
  });
  assertEquals(told.code, 0, told.stderr);
  const items = told.stdout.trim().split("\n").map((text) => JSON.parse(text));
  assertEquals(items[0].following, "-");
  assertEquals(items.find(({ name }) => name === "-").requests, 40);
  const { findings } = items.find(({ judged }) => judged > 0);
  assertEquals(findings[0].ip_address, "203.0.113.66");
  receiver.got.length = 0;

  const followed = await bench.run("import-log", ["-", "--follow"], {
    env,
    stdin: PROBES,
  });
  assertEquals(followed.code, 0, followed.stderr);
  assertStringIncludes(followed.stdout, "203.0.113.66");
  assert(receiver.got.length > 0, followed.stdout + followed.stderr);
  assertStringIncludes(receiver.got[0]!.body, "203.0.113.66");
});
