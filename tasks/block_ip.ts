/** `deno task block-ip`: adds an address or range to the blocklist. */
import { formatDuration, parseDuration } from "../lib/base/duration.ts";
import { audited } from "../lib/lists/access_audit.ts";
import { blockIp } from "../lib/lists/access_store.ts";
import { measureImpact } from "../lib/log/impact.ts";
import { blockedItem } from "../lib/lists/access_item.ts";
import { impactItem } from "../lib/console/impact_item.ts";
import { impactLines } from "../lib/console/impact_text.ts";
import { formatCidr } from "../lib/net/cidr.ts";
import { openAddressStorage } from "../lib/privacy/address_storage.ts";
import { escapeControl } from "../lib/base/text.ts";
import { fail, parseTaskArgs, printResult, usageError } from "./_cli.ts";
import { ONE_RANGE, oneRange } from "./_one_range.ts";
import { withStore } from "./_store.ts";

const usage =
  "deno task block-ip <ip or cidr> [--ip X] [--reason R] [--for 24h] [--force] [--yes] [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Blocks an address or CIDR range, at once and in every running server within a second.",
  options: {
    ip: ["ADDRESS", "the address or range, instead of the first argument"],
    reason: ["TEXT", "why; shown to admins, never to blocked clients"],
    for: [
      "DURATION",
      "for how long, such as 90s, 15m, 24h, 7d; without it, until unblocked",
    ],
  },
  flags: {
    force:
      "also block loopback, trusted proxies, safelisted and very wide ranges",
    yes: "do not ask for confirmation if users who sign in would be blocked",
    json: "print JSON, and do not ask for confirmation",
  },
  positional: ONE_RANGE,
});

const range = oneRange(args, "block", usage);
const duration = args.for ? durationOf(args.for) : null;

await withStore(async ({ config, kv, now }) => {
  const ip = formatCidr(range);
  const impact = await measureImpact(kv, now, ip, {
    trustedProxies: config.trustedProxies,
    addresses: await openAddressStorage(kv, config.privacyIp, now),
  });
  const preview = impactLines({ ...impact, refusal: null });
  if (!args.json) {
    for (const line of preview) console.log(escapeControl(line));
  }
  const asks = !args.json && impact.user_count > 0 && impact.refusal === null &&
    !args.yes && !args.force && Deno.stdin.isTerminal();
  if (asks && !confirm(`Block ${ip} anyway?`)) {
    fail("Nothing was blocked: expected y, --yes or --force");
  }
  const { entry } = await blockIp(kv, now, {
    ip,
    reason: args.reason,
    created_by: "block-ip",
    also: audited("block", {
      who: "block-ip",
      from: null,
      ip,
      why: args.reason,
    }, now),
    expires_at: duration === null ? null : now() + duration,
    force: args.force,
    trustedProxies: config.trustedProxies,
  });
  const until = duration === null
    ? "until unblocked"
    : `for ${formatDuration(duration)}`;
  printResult(args, {
    ...blockedItem({ ...entry, hits: 0, last_hit_at: null }),
    impact: impactItem(impact),
  }, [`Blocked ${entry.ip_address} ${until}.`]);
});

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    usageError((error as Error).message, usage);
  }
}
