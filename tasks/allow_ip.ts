/** `deno task allow-ip`: adds an address, range or name to the safelist, or removes it. */
import { audited, auditedHost } from "../lib/lists/access_audit.ts";
import { systemResolver } from "../lib/bots/resolver.ts";
import { allowIp, disallowIp } from "../lib/lists/access_store.ts";
import {
  allowHost,
  disallowHost,
  safeHostName,
} from "../lib/lists/safe_hosts.ts";
import { safeHostItem, safeItem } from "../lib/console/safe_item.ts";
import { formatCidr } from "../lib/net/cidr.ts";
import { formatDuration, parseDuration } from "../lib/base/duration.ts";
import { parseTaskArgs, printResult, usageError } from "./_cli.ts";
import { ONE_RANGE, oneRange } from "./_one_range.ts";
import { withStore } from "./_store.ts";

const usage =
  "deno task allow-ip <ip, cidr or host> [--reason R] [--for 24h] [--remove] [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Adds an address, CIDR range or host name to the safelist, which has precedence over every block, and removes the blocks that it covers. Host names are resolved by a running server every five minutes; while DNS fails the last addresses are kept.",
  options: {
    ip: ["ADDRESS", "the address or range, instead of the first argument"],
    reason: ["TEXT", "why"],
    for: ["DURATION", "for how long, such as 24h; without it, until removed"],
  },
  flags: { remove: "remove it from the safelist instead", json: "print JSON" },
  positional: { ...ONE_RANGE, what: "one address, CIDR range or host name" },
});
const given = [...args.positional, ...args.ip ? [args.ip] : []];
const host = given.length === 1 ? safeHostName(given[0]!) : null;
const text = host ?? formatCidr(oneRange(args, "allow", usage));
if (args.for && args.remove) usageError("--for is not for --remove", usage);
const duration = args.for ? durationOf(args.for) : null;

await withStore(async ({ kv, now }) => {
  const action = { who: "allow-ip", from: null, why: args.reason };
  if (args.remove) {
    const { removed } = host === null
      ? await disallowIp(
        kv,
        now,
        text,
        audited("disallow", { ...action, ip: text }, now),
      )
      : await disallowHost(
        kv,
        now,
        host,
        auditedHost("disallow", { ...action, host }, now),
      );
    if (removed === null) {
      throw new Error(`Cannot remove ${text}: it is not on the safelist`);
    }
    printResult(args, { removed: text }, [
      `Removed ${text} from the safelist.`,
    ]);
    return;
  }
  const order = {
    reason: args.reason,
    created_by: "allow-ip",
    expires_at: duration === null ? null : now() + duration,
  };
  const until = duration === null ? "" : ` for ${formatDuration(duration)}`;
  if (host !== null) {
    const context = { kv, now, resolver: systemResolver };
    const also = auditedHost("allow", { ...action, host }, now);
    const made = await allowHost(context, { ...order, host, also });
    const { addresses } = made.host;
    printResult(args, safeHostItem(made.host), [
      `Put ${host} on the safelist${until}: ${addresses.join(", ")}.`,
    ]);
    return;
  }
  const also = audited("allow", { ...action, ip: text }, now);
  const { entry, lifted } = await allowIp(kv, now, {
    ...order,
    ip: text,
    also,
  });
  const blocks = lifted.map(({ ip_address }) => ip_address);
  printResult(args, { ...safeItem(entry), lifted: blocks }, [
    `Put ${text} on the safelist${until}.`,
    ...blocks.map((ip) => `Lifted the block of ${ip}.`),
  ]);
});

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    usageError((error as Error).message, usage);
  }
}
