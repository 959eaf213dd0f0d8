import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { kindsHolding } from "../_scan.ts";
import { assertRefused, logLine, taskBench } from "./_tasks.ts";

Deno.test("erase and export: an address from the command line, tried first, then for good", async () => {
  await using bench = await taskBench();
  const lines = ["203.0.113.9", "203.0.113.9", "203.0.113.10"]
    .map((ip, n) => logLine(ip, `05/Jan/2026:10:00:0${n} +0000`, `/${n}`));
  await bench.run("import-log", ["-"], { stdin: lines.join("\n") });
  const data = JSON.parse(await bench.ok("export", "address", "203.0.113.9"));
  assertEquals(data.requests.length, 2);

  const before = await bench.dump();
  assertStringIncludes(
    await bench.ok("erase", "203.0.113.9", "--dry-run"),
    "Would erase of 203.0.113.9: 2 requests,",
  );
  assertEquals(await bench.dump(), before);
  const unasked = await bench.run("erase", ["203.0.113.9"]);
  assertRefused(unasked, 2, "expected --yes or --dry-run");
  assertEquals(await bench.dump(), before);

  await bench.ok("block-ip", "203.0.113.9", "--reason", "scans");
  const kept = await bench.ok("erase", "203.0.113.9", "--yes");
  assertStringIncludes(kept, "It is blocked, and the block is kept");
  const lifted = await bench.ok("erase", "203.0.113.9", "--yes", "--unblock");
  assert(!lifted.includes("It is blocked"));
  using kv = await Deno.openKv(bench.kvPath);
  // The order waits until the last two minutes have passed.
  assertEquals(await kindsHolding(kv, "203.0.113.9"), [
    "access_change",
    "erasure",
  ]);
});

Deno.test("erase and export: an account from the command line", async () => {
  await using bench = await taskBench();
  for (const args of [["root", "--admin"], ["ann"]]) {
    await bench.run("create-user", args, { stdin: "a pass phrase of hers\n" });
  }
  const data = JSON.parse(await bench.ok("export", "account", "ann"));
  assertEquals(data.account.username, "ann");
  assertStringIncludes(
    await bench.ok("erase", "ann", "--dry-run"),
    "Would erase of ann:",
  );
  assertStringIncludes(
    await bench.ok("erase", "ann", "--yes"),
    "The audit trail says erased-",
  );
  // Run again, it continues with the rest.
  assertStringIncludes(
    await bench.ok("erase", "ann", "--yes"),
    "Erased of ann",
  );
  assertRefused(
    await bench.run("erase", ["root", "--yes"]),
    1,
    "the last active admin",
  );
  for (
    const [args, code, says] of [
      [["erase", "nobody", "--yes"], 1, "expected an address or the name"],
      [["erase", "ann", "--unblock"], 2, "--unblock is for addresses"],
      [["export", "account"], 2, "expected a user name"],
      [["export", "account", "nobody"], 1, "there is no such user"],
      [["export", "address", "nobody"], 2, "expected an address"],
      [["export", "address", "::1", "--format", "csv"], 2, "expected json"],
      [["export", "requests", "more"], 2, "expected one"],
    ] as [string[], 1 | 2, string][]
  ) {
    const [name, ...rest] = args;
    assertRefused(await bench.run(name!, rest), code, says);
  }
});
