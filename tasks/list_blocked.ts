/** `deno task list-blocked`: prints the blocklist. */
import { formatDuration } from "../lib/base/duration.ts";
import { blockedItem } from "../lib/lists/access_item.ts";
import { allEntries } from "../lib/lists/access_read.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import { parseTaskArgs } from "./_cli.ts";
import { withStore } from "./_store.ts";

const args = parseTaskArgs({
  usage: "deno task list-blocked [--json]",
  about: "Prints every address and range that is blocked now.",
  flags: { json: "print a JSON array instead of a table" },
});

await withStore(async ({ kv, now }) => {
  const entries = await Array.fromAsync(allEntries(kv, "blocked", now));
  if (args.json) {
    console.log(printableJson(entries.map(blockedItem)));
    return;
  }
  if (entries.length === 0) {
    console.log("Nothing is blocked.");
    return;
  }
  const rows = entries.map((entry) => [
    entry.ip_address,
    entry.expires_at === null
      ? "until unblocked"
      : `${formatDuration(entry.expires_at - now())} left`,
    `${entry.hits} hits`,
    `by ${escapeControl(entry.created_by)}`,
    escapeControl(entry.reason),
  ]);
  // A long list has more rows than a call can have arguments.
  const widths = rows[0]!.map((_, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]!.length), 0)
  );
  for (const row of rows) {
    console.log(
      row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")
        .trimEnd(),
    );
  }
});
