import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findingAt, testReceiver } from "../alerts/_receiver.ts";
import { startApp } from "../_app.ts";
import { see } from "./_console.ts";

const TEST = { form: { action: "test" } };

Deno.test("/admin/alerts without a webhook says how to set one, and sends nothing", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("ann", "admin");
  const html = await see(app, "/admin/alerts", cookie);
  assertStringIncludes(html, "ALERT_WEBHOOK_URL=https://hooks.slack.com/");
  assert(!html.includes("Send a test alert"));
  const posted = await app.fetch("/admin/alerts", { ...TEST, cookie });
  assertEquals(posted.status, 400);
  await posted.body?.cancel();
  const { receiver } = app.services.alerts;
  assertEquals(receiver, null);
});

Deno.test("/admin/alerts: the button posts a test alert, which is audited and limited", async () => {
  await using server = testReceiver();
  await using app = await startApp({
    env: {
      ALERT_WEBHOOK_URL: server.url,
      ALERT_WEBHOOK_SECRET: "a secret of the receiver's",
    },
  });
  const { cookie } = await app.signIn("ann", "admin");
  const html = await see(app, "/admin/alerts", cookie);
  assertStringIncludes(html, "127.0.0.1");
  assertStringIncludes(html, "json, signed");
  assert(!/s3cret|a secret/.test(html), "the path and the secret stay inside");

  for (let n = 0; n < 5; n++) {
    const response = await app.fetch("/admin/alerts", { ...TEST, cookie });
    assertEquals(response.status, 303);
    assertEquals(response.headers.get("location"), "/admin/alerts?done=test");
  }
  assertEquals(server.got.length, 5);
  assertEquals(
    server.texts()[0],
    "This is a test alert from Portcullis, sent by ann.",
  );
  assert(server.got[0]!.headers.has("webhook-signature"));
  const refused = await app.fetch("/admin/alerts", { ...TEST, cookie });
  assertEquals(refused.status, 429);
  assert(Number(refused.headers.get("retry-after")) >= 1);
  await refused.body?.cancel();
  assertEquals(server.got.length, 5);
  const audit = await see(app, "/admin/audit", cookie);
  assertStringIncludes(audit, "test alert");
  assert(!audit.includes("s3cret"));
});

Deno.test("/admin/alerts is for admins, and its form is not for other sites", async () => {
  await using server = testReceiver();
  await using app = await startApp({ env: { ALERT_WEBHOOK_URL: server.url } });
  const user = await app.signIn("bob");
  const admin = await app.signIn("ann", "admin");
  for (
    const [options, status] of [
      [TEST, 303],
      [{ ...TEST, cookie: user.cookie }, 403],
      [{
        ...TEST,
        cookie: admin.cookie,
        headers: { origin: "https://evil.example" },
      }, 403],
      [{ form: { action: "else" }, cookie: admin.cookie }, 400],
    ] as const
  ) {
    const response = await app.fetch("/admin/alerts", options);
    assertEquals(response.status, status);
    await response.body?.cancel();
  }
  assertEquals(server.got.length, 0);
});

Deno.test("a webhook that fails shows on /admin/alerts, /admin/health and in the metrics, without its path", async () => {
  await using server = testReceiver(500);
  await using app = await startApp({ env: { ALERT_WEBHOOK_URL: server.url } });
  const { cookie } = await app.signIn("ann", "admin");
  const { alerts } = app.services;
  await alerts.round();
  const finding = findingAt(app.clock.now, 1);
  await alerts.findings([finding], [finding]);
  await alerts.round();

  const button = await app.fetch("/admin/alerts", { ...TEST, cookie });
  assertEquals(button.status, 502);
  assertStringIncludes(await button.text(), "answered 500");
  const html = await see(app, "/admin/alerts", cookie);
  assertStringIncludes(html, "✕ fails");
  assertStringIncludes(html, "Next try");
  const health = await see(app, "/admin/health", cookie);
  assertStringIncludes(health, "answered 500; fails for");
  assertStringIncludes(health, "1 alert waits");
  assert(!(html + health).includes("s3cret"));
  const metrics = await app.fetch("/metrics", { cookie });
  assertStringIncludes(
    await metrics.text(),
    "\nportcullis_alert_failures_total 2\n",
  );
});

Deno.test("a detection that an admin runs by hand is told", async () => {
  await using server = testReceiver();
  await using app = await startApp({
    env: { ALERT_WEBHOOK_URL: server.url, SUSPICIOUS_REQUEST_THRESHOLD: "5" },
  });
  const { token } = await app.signIn("ann", "admin");
  await app.services.alerts.round();
  for (let n = 0; n < 26; n++) {
    const response = await app.fetch("/", { peer: "203.0.113.66" });
    await response.body?.cancel();
  }
  app.clock.now += 1_000;
  for (let n = 0; n < 2; n++) {
    const response = await app.fetch("/api/detect", { token, json: {} });
    assertEquals((await response.json()).flagged >= 1, true);
    await app.services.alerts.round();
  }
  assertEquals(
    server.texts().filter((text) => text.includes("high_volume")).length,
    1,
    server.texts().join("\n"),
  );
});
