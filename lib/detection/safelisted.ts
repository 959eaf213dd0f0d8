import { type AccessEntry, isLive } from "../lists/access_entry.ts";
import { cidrOf, parseCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { RangeFence } from "../net/range_fence.ts";
import { keys } from "../store/keys.ts";

/**
 * Makes a function that checks whether an address is on the current safelist; false for text that
 * is no address.
 */
export async function safelisted(
  kv: Deno.Kv,
  now: number,
): Promise<(address: string) => boolean> {
  const ranges = [];
  const rows = kv.list<AccessEntry>({ prefix: keys.accessAll("safe") }, {
    batchSize: 500,
  });
  for await (const { value } of rows) {
    if (isLive(value, now)) ranges.push(parseCidr(value.ip_address));
  }
  if (ranges.length === 0) return () => false;
  const fence = new RangeFence(ranges);
  return function isSafelisted(address) {
    const ip = parseIp(address);
    return ip !== null && fence.touching(cidrOf(ip)) !== null;
  };
}
