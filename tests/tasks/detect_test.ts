import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { logLine, taskBench } from "./_tasks.ts";

/** 101 requests of one address and 100 of another, in the same clock hour. */
const BUSY = [
  ...Array(101).fill(logLine("203.0.113.9", "17/May/2015:10:05:03 +0000")),
  ...Array(100).fill(logLine("203.0.113.10", "17/May/2015:10:05:03 +0000")),
].join("\n");

async function busyBench() {
  const bench = await taskBench();
  const file = `${bench.folder}/busy.log`;
  await Deno.writeTextFile(file, BUSY);
  await bench.ok("import-log", file, "--no-detect");
  return bench;
}

Deno.test("detect --dry-run says what would be found and writes nothing", async () => {
  await using bench = await busyBench();
  const before = await bench.dump();
  const text = await bench.ok(
    "detect",
    "--at",
    "2015-05-17T11:00:00Z",
    "--dry-run",
  );
  assertStringIncludes(text, "203.0.113.9  high_volume: ");
  assertStringIncludes(text, "201 requests examined, 1 would be flagged");
  assertEquals(await bench.dump(), before);
});

Deno.test("detect --at --json flags more than 100 requests in the hour, once, however often it runs", async () => {
  await using bench = await busyBench();
  for (let run = 0; run < 2; run++) {
    const result = JSON.parse(
      await bench.ok("detect", "--at", "2015-05-17T11:00:00Z", "--json"),
    );
    assertEquals([result.flagged, result.examined], [1, 201]);
    assertEquals(typeof result.took_ms, "number");
    const [finding] = result.findings;
    assertEquals(finding.ip_address, "203.0.113.9");
    assertEquals(finding.reason, "high_volume");
    assertEquals(finding.is_active, true);
    assert(finding.evidence.length > 0);
  }
  const stored = JSON.parse(
    await bench.ok("export", "suspicious", "--format", "json"),
  );
  assertEquals(stored.length, 1);
});

Deno.test("detect judges the hour that ends at the time given, now by default", async () => {
  await using bench = await busyBench();
  for (
    const [at, flagged] of [
      ["2015-05-17T10:05:03Z", 0],
      ["2015-05-17T10:05:04Z", 1],
      ["2015-05-17T11:05:03Z", 1],
      ["2015-05-17T11:05:04Z", 0],
      ["2015-05-17T13:00:00+02:00", 1],
    ] as const
  ) {
    const result = JSON.parse(
      await bench.ok("detect", "--at", at, "--dry-run", "--json"),
    );
    assertEquals(result.flagged, flagged, at);
  }
  const now = JSON.parse(await bench.ok("detect", "--json"));
  assertEquals([now.flagged, now.examined], [0, 0]);
});

Deno.test("detect heeds SUSPICIOUS_REQUEST_THRESHOLD", async () => {
  await using bench = await busyBench();
  for (const [threshold, flagged] of [["99", 2], ["100", 1], ["101", 0]]) {
    const run = await bench.run(
      "detect",
      ["--at", "2015-05-17T11:00:00Z", "--dry-run", "--json"],
      { env: { SUSPICIOUS_REQUEST_THRESHOLD: `${threshold}` } },
    );
    assertEquals(JSON.parse(run.stdout).flagged, flagged, run.stderr);
  }
});
