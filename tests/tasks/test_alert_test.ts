import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testReceiver } from "../alerts/_receiver.ts";
import { assertRefused, taskBench } from "./_tasks.ts";

Deno.test("test-alert: posts once, says what was answered and leaves a line in the audit trail", async () => {
  await using server = testReceiver(204, 404);
  await using bench = await taskBench();
  await bench.ok("allow-ip", "203.0.113.1");
  const env = { ALERT_WEBHOOK_URL: server.url };
  const taken = await bench.run("test-alert", [], { env });
  assertEquals([taken.code, taken.stderr], [0, ""]);
  assertStringIncludes(taken.stdout, "answered 204");
  assertStringIncludes(taken.stdout, "as json");
  assertRefused(await bench.run("test-alert", [], { env }), 1, "answered 404");
  assertEquals(server.got.length, 2);
  const audit = (await bench.dump()).filter((row) =>
    row.includes("test_alert")
  );
  assertEquals(audit.length, 2);
  assert(!audit.join().includes("s3cret"));
});

Deno.test("test-alert: without a webhook it names the variable", async () => {
  await using bench = await taskBench();
  assertRefused(await bench.run("test-alert"), 1, "ALERT_WEBHOOK_URL");
  assertRefused(await bench.run("test-alert", ["x"]), 2, "expected");
});
