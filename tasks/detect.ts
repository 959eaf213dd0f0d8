/** `deno task detect`: runs the anomaly job now. */
import { runDetection } from "../lib/detection/job.ts";
import { jobOptions } from "../lib/detection/job_options.ts";
import { findingItem } from "../lib/detection/finding_item.ts";
import { parseTime } from "../lib/list_query.ts";
import { quoted } from "../lib/quoted.ts";
import { escapeControl } from "../lib/text.ts";
import { parseTaskArgs, usageError } from "./_cli.ts";
import { withStore } from "./_store.ts";

const usage = "deno task detect [--at ISO-time] [--dry-run] [--json]";
const args = parseTaskArgs({
  usage,
  about: "Runs the anomaly job over the hour that ends now, or at --at.",
  options: {
    at: ["TIME", "the end of the hour, such as 2026-01-31T08:00:00Z"],
  },
  flags: {
    "dry-run": "say what would be found, but write nothing",
    json: "print JSON",
  },
});
const at = args.at === undefined ? undefined : parseTime(args.at);
if (at === null) {
  usageError(
    `Cannot run at ${
      quoted(args.at!)
    }: expected a time such as 2026-01-31T08:00:00Z`,
    usage,
  );
}

await withStore(async (store) => {
  const dryRun = args["dry-run"];
  const { flagged, examined, took_ms, findings } = await runDetection({
    ...await jobOptions(store),
    at,
    dryRun,
  });
  if (args.json) {
    console.log(
      JSON.stringify(
        { flagged, examined, took_ms, findings: findings.map(findingItem) },
        null,
        2,
      ),
    );
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
  console.log(
    `${examined} requests examined, ${flagged} ${verb}, ${took_ms} ms.`,
  );
});
