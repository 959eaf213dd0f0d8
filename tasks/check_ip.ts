/**
 * `deno task check-ip`: shows whether an address is blocked, why, since and until when, by whom.
 */
import { checkIp, type ListedEntry } from "../lib/lists/access_read.ts";
import { parseIp } from "../lib/net/ip.ts";
import { quoted } from "../lib/base/quoted.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import { parseTaskArgs, usageError } from "./_cli.ts";
import { withStore } from "./_store.ts";

const usage = "deno task check-ip <ip> [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Shows whether an address is blocked, by which entry, why, since when, until when, by whom.",
  flags: { json: "print JSON" },
  positional: { min: 1, max: 1, what: "one address" },
});
const ip = args.positional[0]!;
if (parseIp(ip) === null) {
  usageError(`Cannot check ${quoted(ip)}: expected an IP address`, usage);
}

await withStore(async ({ kv, now }) => {
  const result = await checkIp(kv, now, ip);
  if (args.json) {
    console.log(printableJson(result));
    return;
  }
  const { ip_address, status, entry } = result;
  if (entry === null) {
    console.log(`${ip_address} is not blocked.`);
    return;
  }
  const state = status === "safe"
    ? "is on the safelist, so it is not blocked"
    : "is blocked";
  console.log(`${ip_address} ${state}.`);
  for (const line of describe(entry)) console.log(`  ${line}`);
});

function describe(entry: ListedEntry): string[] {
  const time = (ms: number) => new Date(ms).toISOString();
  return [
    `entry:  ${entry.ip_address}`,
    `reason: ${escapeControl(entry.reason) || "(none given)"}`,
    `since:  ${time(entry.created_at)}`,
    `until:  ${
      entry.expires_at === null ? "unblocked" : time(entry.expires_at)
    }`,
    `by:     ${escapeControl(entry.created_by)}`,
    `hits:   ${entry.hits}${
      entry.last_hit_at === null ? "" : `, last ${time(entry.last_hit_at)}`
    }`,
  ];
}
