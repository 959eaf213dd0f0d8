import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openAlerts } from "../../lib/alerts/alerts.ts";
import { type Environment, parseConfig } from "../../lib/settings/config.ts";
import { checkAlerts } from "../../lib/doctor/alerts.ts";
import type { DoctorContext } from "../../lib/doctor/context.ts";
import { findingAt, testReceiver } from "../alerts/_receiver.ts";

const NOW = Date.UTC(2026, 0, 8, 12);

async function check(env: Environment, kv: Deno.Kv | null = null) {
  const context = { config: parseConfig(env), kv, now: () => NOW };
  return await checkAlerts(context as DoctorContext);
}

Deno.test("doctor: says where alerts go, and never more of the URL than its host", async () => {
  const table: [env: Environment, level: string, says: string][] = [
    [{}, "ok", "add one on /admin/alerts"],
    [{ ALERT_WEBHOOK_URL: "http://8.8.8.8/s3cret" }, "ok", "8.8.8.8 as json"],
    [
      {
        ALERT_WEBHOOK_URL: "http://8.8.8.8/s3cret",
        ALERT_WEBHOOK_SECRET: "0123456789abcdef",
      },
      "ok",
      "as json, signed",
    ],
    [
      { ALERT_WEBHOOK_URL: "http://10.0.0.5/s3cret" },
      "ok",
      "allowed as it is in ALERT_WEBHOOK_URL itself",
    ],
    [
      { ALERT_WEBHOOK_URL: "http://169.254.169.254/s3cret" },
      "warn",
      "link-local",
    ],
    [
      {
        ALERT_WEBHOOK_URL: "http://169.254.169.254/s3cret",
        OUTBOUND_PRIVATE: "1",
      },
      "ok",
      "169.254.169.254 as json",
    ],
  ];
  for (const [env, level, says] of table) {
    const found = await check(env);
    assertEquals(found.level, level, found.detail);
    assertStringIncludes(found.detail, says);
    assert(!JSON.stringify(found).includes("s3cret"));
    assert(!JSON.stringify(found).includes("0123456789"));
  }
  const refused = await check({ ALERT_WEBHOOK_URL: "http://169.254.169.254/" });
  assertStringIncludes(refused.fix ?? "", "OUTBOUND_PRIVATE=1");
});

Deno.test("doctor: a webhook that takes nothing is bad, and what waits is counted", async () => {
  await using server = testReceiver(503);
  using kv = await Deno.openKv(":memory:");
  const env = { ALERT_WEBHOOK_URL: server.url };
  const alerts = openAlerts({
    ...{ kv, now: () => NOW, pollMs: null, log: () => {} },
    config: parseConfig(env),
  });
  await alerts.round();
  const findings = [1, 2].map((n) => findingAt(NOW, n));
  await alerts.findings(findings, findings);
  await alerts.round();
  const found = await check(env, kv);
  assertEquals(found.level, "bad");
  assertStringIncludes(found.detail, "answered 503");
  assertStringIncludes(found.detail, "2 alerts wait");
  assert(!found.detail.includes("s3cret"));
  await alerts.close();
});
