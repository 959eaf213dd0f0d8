/** `deno task allow-ip`: puts an address or range on the safelist, or takes it off. */
import { audited } from "../lib/lists/access_audit.ts";
import { allowIp, disallowIp } from "../lib/lists/access_store.ts";
import { formatCidr } from "../lib/net/cidr.ts";
import { formatDuration, parseDuration } from "../lib/base/duration.ts";
import { parseTaskArgs, usageError } from "./_cli.ts";
import { ONE_RANGE, oneRange } from "./_one_range.ts";
import { withStore } from "./_store.ts";

const usage =
  "deno task allow-ip <ip or cidr> [--reason R] [--for 24h] [--remove]";
const args = parseTaskArgs({
  usage,
  about:
    "Puts an address or CIDR range on the safelist, which wins over every block, and lifts " +
    "the blocks that it covers.",
  options: {
    ip: ["ADDRESS", "the address or range, instead of the first argument"],
    reason: ["TEXT", "why"],
    for: ["DURATION", "for how long, such as 24h; without it, until removed"],
  },
  flags: { remove: "take it off the safelist instead" },
  positional: ONE_RANGE,
});
const range = oneRange(args, "allow", usage);
if (args.for && args.remove) usageError("--for is not for --remove", usage);
const duration = args.for ? durationOf(args.for) : null;

await withStore(async ({ kv, now }) => {
  const text = formatCidr(range);
  const deed = { who: "allow-ip", from: null, ip: text, why: args.reason };
  if (args.remove) {
    const { removed } = await disallowIp(
      kv,
      now,
      text,
      audited("disallow", deed, now),
    );
    if (removed === null) {
      throw new Error(`Cannot remove ${text}: it is not on the safelist`);
    }
    console.log(`Took ${text} off the safelist.`);
    return;
  }
  const { lifted } = await allowIp(kv, now, {
    ip: text,
    reason: args.reason,
    created_by: "allow-ip",
    expires_at: duration === null ? null : now() + duration,
    also: audited("allow", deed, now),
  });
  const until = duration === null ? "" : ` for ${formatDuration(duration)}`;
  console.log(`Put ${text} on the safelist${until}.`);
  for (const { ip_address } of lifted) {
    console.log(`Lifted the block of ${ip_address}.`);
  }
});

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    usageError((error as Error).message, usage);
  }
}
