/** `deno task test-alert`: posts a test alert to the webhook. */
import { openAlerts } from "../lib/alerts/alerts.ts";
import { loadConfigOrExit } from "../lib/app/config.ts";
import { appendAudit } from "../lib/store/audit.ts";
import { fail, parseTaskArgs } from "./_cli.ts";
import { withStore } from "./_store.ts";

parseTaskArgs({
  usage: "deno task test-alert",
  about:
    "Sends a test alert to ALERT_WEBHOOK_URL, once, and prints the receiver's response.",
});

const config = loadConfigOrExit();
if (config.alertWebhookUrl === null) {
  fail("ALERT_WEBHOOK_URL is not set: expected an http or https URL");
}
await withStore(async (store) => {
  const alerts = openAlerts({ ...store, pollMs: null });
  const { host, format, signed } = alerts.receiver!;
  const posted = (await alerts.test("deno task test-alert"))!;
  await appendAudit(store.kv, {
    who: "test-alert",
    what: "test_alert",
    target: host,
    why: posted.words,
  }, store.now());
  if (!posted.ok) fail(posted.words);
  console.log(
    `${posted.words} after ${posted.tookMs} ms, to a test alert as ${format}${
      signed ? ", signed" : ""
    }.`,
  );
});
