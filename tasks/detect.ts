/** `deno task detect`: runs the anomaly job now, or tests a rule. */
import { openAlerts } from "../lib/alerts/alerts.ts";
import { findingItem } from "../lib/detection/finding_item.ts";
import { detectRange, runDetection } from "../lib/detection/job.ts";
import { jobOptions, type JobSetup } from "../lib/detection/job_options.ts";
import { type Rehearsal, rehearse } from "../lib/detection/rehearse.ts";
import { parseChange } from "../lib/detection/rule_change.ts";
import { parseDuration } from "../lib/base/duration.ts";
import { appendAudit } from "../lib/store/audit.ts";
import { parseTime } from "../lib/http/list_query.ts";
import { openAddressStorage } from "../lib/privacy/address_storage.ts";
import { quoted } from "../lib/base/quoted.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import { parseTaskArgs, usageError } from "./_cli.ts";
import { type TaskStore, withStore } from "./_store.ts";
import { openVisitors } from "./_visitors.ts";

const usage =
  "deno task detect [--at ISO-time] [--since TIME|DURATION] [--dry-run] [--json] " +
  "[--rehearse RULE [--set threshold=N,window=DURATION]]";
const args = parseTaskArgs({
  usage,
  about:
    "Runs detection over the hour that ends now, or at --at; with --since over each clock hour (UTC) since then, as the hourly job would have done.",
  options: {
    at: ["TIME", "the end, such as 2026-01-31T08:00:00Z; now"],
    since: ["TIME|DURATION", "the beginning, or how long before the end: 7d"],
    rehearse: [
      "RULE",
      "show whom the rule would flag and block, without writing anything; --since is 7d",
    ],
    set: ["CHANGES", "other settings for --rehearse: threshold=50,window=10m"],
  },
  flags: {
    "dry-run": "show findings without writing them",
    json: "print JSON",
  },
});
const now = Date.now();
const at = args.at === undefined ? undefined : timeOf("at", args.at);
const since = args.since === undefined
  ? undefined
  : sinceOf(args.since, at ?? now);
if (since !== undefined && since > (at ?? now)) {
  usageError("--since is after the end: expected it before", usage);
}
if (args.set !== undefined && args.rehearse === undefined) {
  usageError("--set is for --rehearse", usage);
}
const change = changeOf(args.set);

await withStore(async (store) => {
  const { kv, config } = store;
  const alerts = openAlerts({ ...store, pollMs: null });
  const addresses = await openAddressStorage(kv, config.privacyIp, store.now);
  const { operators, ...visitors } = await openVisitors(store, addresses);
  const setup: JobSetup = {
    ...store,
    ...visitors,
    addresses,
    alertFindings: alerts.findings,
    log: (message) => console.error(escapeControl(message)),
  };
  if (args.rehearse !== undefined) {
    const to = at ?? now;
    report(
      await rehearse(setup, {
        rule: args.rehearse,
        change,
        from: since ?? to - parseDuration("7d"),
        to,
      }),
    );
  } else {
    await run(setup, store);
    // A running server may deliver the alerts.
    const { error } = await alerts.round();
    if (error) {
      console.error(escapeControl(`Cannot post an alert yet: ${error}`));
    }
  }
  await operators.close();
});

async function run(setup: JobSetup, store: TaskStore): Promise<void> {
  const dryRun = args["dry-run"];
  const options = { ...await jobOptions(setup), dryRun };
  const { flagged, examined, took_ms, safelisted, findings } =
    since === undefined
      ? await runDetection({ ...options, at })
      : await detectRange(options, { from: since, to: at ?? store.now() });
  if (!dryRun) {
    await appendAudit(store.kv, {
      ...{ who: "detect", what: "detect", target: `${flagged} findings` },
    }, store.now());
  }
  if (args.json) {
    printJson({
      flagged,
      examined,
      took_ms,
      safelisted,
      findings: findings.map(findingItem),
    });
    return;
  }
  for (const { severity, ip_address, rule, explanation } of findings) {
    console.log(
      `${severity.padEnd(8)}  ${ip_address}  ${rule}: ${
        escapeControl(explanation)
      }`,
    );
  }
  const verb = dryRun ? "would be flagged" : "flagged";
  const silent = safelisted > 0 ? `, ${safelisted} safelisted` : "";
  console.log(
    `${examined} requests examined, ${flagged} ${verb}${silent}, ${took_ms} ms.`,
  );
}

function report(result: Rehearsal): void {
  const { rule, threshold, windowMs, examined, flagged } = result;
  const [from, to] = [result.from, result.to].map((ms) =>
    new Date(ms).toISOString()
  );
  if (args.json) {
    printJson({ ...result, from, to });
    return;
  }
  for (const item of flagged) {
    const notes = [
      item.signed_in ? "signed in" : "anonymous",
      `${item.hours} ${item.hours === 1 ? "hour" : "hours"}`,
      ...item.would_block ? ["would be blocked"] : [],
    ];
    console.log(
      `${item.severity.padEnd(8)}  ${item.ip_address}  ${
        escapeControl(item.explanation)
      } (${notes.join(", ")})`,
    );
  }
  const signedIn = flagged.filter((item) => item.signed_in).length;
  const blocked = flagged.filter((item) => item.would_block);
  const blockedSignedIn = blocked.filter((item) => item.signed_in).length;
  console.log(
    `${rule} with threshold ${threshold} and window ${
      windowMs / 60_000
    } min, ${from} to ${to}: ${examined} requests examined, ` +
      `${flagged.length} would be flagged (${signedIn} signed in, ${
        flagged.length - signedIn
      } anonymous), ${blocked.length} would be blocked with AUTO_BLOCK=on ` +
      `(${blockedSignedIn} signed in, ${
        blocked.length - blockedSignedIn
      } anonymous).`,
  );
}

function printJson(value: unknown): void {
  console.log(printableJson(value));
}

function timeOf(name: string, text: string): number {
  const time = parseTime(text);
  if (time === null) {
    usageError(
      `Cannot run with --${name} ${
        quoted(text)
      }: expected a time such as 2026-01-31T08:00:00Z`,
      usage,
    );
  }
  return time;
}

function sinceOf(text: string, end: number): number {
  const time = parseTime(text);
  if (time !== null) return time;
  try {
    return end - parseDuration(text);
  } catch {
    usageError(
      `Cannot run with --since ${
        quoted(text)
      }: expected a time such as 2026-01-31T08:00:00Z or a duration such as 7d`,
      usage,
    );
  }
}

function changeOf(text: string | undefined) {
  try {
    return parseChange(text ?? "");
  } catch (error) {
    usageError((error as Error).message, usage);
  }
}
