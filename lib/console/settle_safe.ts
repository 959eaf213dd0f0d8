import { listFindings } from "../detection/findings.ts";
import { type Cidr, covers, parseCidr, readCidr } from "../net/cidr.ts";
import { safeHostName } from "../lists/safe_hosts.ts";
import type { Author } from "./block_request.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { openIncidents } from "./open_incidents.ts";
import { settleFindings, settleIncidents } from "./settle.ts";

/** Further findings of an entry are resolved by the next run. */
const MOST = 500;
const WHY = "on the safelist";

/**
 * Resolves open findings and incidents of addresses that were added to the safelist: safelisted
 * addresses do not stay flagged. An incident is resolved if all its addresses are on the safelist.
 */
export async function settleSafe(
  { kv, now, addresses }: Pick<ConsoleParts, "kv" | "now" | "addresses">,
  ip: string,
  who: Author,
): Promise<void> {
  // The addresses of a host name change; detection skips them from now on.
  const text = ip.trim();
  if (safeHostName(text) !== null) return;
  const range = parseCidr(text);
  const forms = new Set(addresses.formsOf(text));
  const isIn = (address: string) => forms.has(address) || holds(range, address);
  const { items } = await listFindings(kv, {
    active: true,
    limit: MOST,
    now: now(),
  });
  const ids: string[] = [];
  for (const { id, ip_address } of items) {
    if (!isIn(ip_address)) continue;
    ids.push(id);
  }
  const order = {
    ...{ isActive: false, who, why: WHY },
    decision: "safelisted",
  } as const;
  const incidents = (await openIncidents(kv, now())).filter(({ addresses }) =>
    addresses.length > 0 && addresses.every(isIn)
  );
  // Findings of an incident are resolved and reopened with it.
  await settleIncidents({ kv, now }, incidents.map(({ id }) => id), order);
  await settleFindings({ kv, now }, ids, order);
}

/** Whether a range contains an address, or all of a narrower range. */
function holds(range: Cidr, address: string): boolean {
  const part = readCidr(address);
  return part !== null && covers(range, part);
}
