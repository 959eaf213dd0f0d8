/** `deno task unblock-ip`: removes an address or range from the blocklist. */
import { audited } from "../lib/lists/access_audit.ts";
import { checkIp } from "../lib/lists/access_read.ts";
import { unblockIp } from "../lib/lists/access_store.ts";
import { formatCidr, isSingle } from "../lib/net/cidr.ts";
import { parseTaskArgs, printResult } from "./_cli.ts";
import { ONE_RANGE, oneRange } from "./_one_range.ts";
import { withStore } from "./_store.ts";

const usage = "deno task unblock-ip <ip or cidr> [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Removes an address or CIDR range from the blocklist; its next request is allowed.",
  options: {
    ip: ["ADDRESS", "the address or range, instead of the first argument"],
  },
  flags: { json: "print JSON" },
  positional: ONE_RANGE,
});
const range = oneRange(args, "unblock", usage);

await withStore(async ({ kv, now }) => {
  const text = formatCidr(range);
  const { removed } = await unblockIp(
    kv,
    now,
    text,
    audited("unblock", { who: "unblock-ip", from: null, ip: text }, now),
  );
  const wider = isSingle(range)
    ? (await checkIp(kv, now, text)).blocked[0]
    : undefined;
  if (removed === null) {
    throw new Error(
      wider
        ? `Cannot unblock ${text}: it is blocked by ${wider.ip_address}, unblock that instead`
        : `Cannot unblock ${text}: it is not on the blocklist`,
    );
  }
  const by = wider?.ip_address ?? null;
  printResult(args, { ip_address: text, still_blocked_by: by }, [
    `Unblocked ${text}.`,
    ...by === null ? [] : [`It is still blocked by ${by}.`],
  ]);
});
