/** `deno task test-alert`: posts a test alert to the webhook. */
import { openAlerts } from "../lib/alerts/alerts.ts";
import { loadConfigOrExit } from "../lib/app/config.ts";
import { appendAudit } from "../lib/store/audit.ts";
import { fail, parseTaskArgs, printError, printResult } from "./_cli.ts";
import { withStore } from "./_store.ts";

const args = parseTaskArgs({
  usage: "deno task test-alert [--json]",
  about:
    "Sends a test alert to ALERT_WEBHOOK_URL, once, and prints the receiver's response.",
  flags: { json: "print JSON" },
});

const config = loadConfigOrExit(printError);
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
  const { words, status, tookMs } = posted;
  printResult(args, { host, format, signed, status, took_ms: tookMs, words }, [
    `${words} after ${tookMs} ms, to a test alert as ${format}${
      signed ? ", signed" : ""
    }.`,
  ]);
});
