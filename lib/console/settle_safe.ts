import { listFindings } from "../detection/findings.ts";
import { type Cidr, covers, parseCidr, readCidr } from "../net/cidr.ts";
import { safeHostName } from "../lists/safe_hosts.ts";
import type { Author } from "./block_request.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { openIncidents } from "./open_incidents.ts";
import { settleFindings, settleIncidents } from "./settle.ts";

/** More findings of one entry are resolved by the next look. */
const MOST = 500;
const WHY = "on the safelist";

/**
 * Resolves what is open about addresses that were put on the safelist: allowed addresses are not
 * left flagged. An incident is resolved if all its addresses are on it.
 */
export async function settleSafe(
  { kv, now, addresses }: Pick<ConsoleParts, "kv" | "now" | "addresses">,
  ip: string,
  who: Author,
): Promise<void> {
  // The addresses of a host name change; detection skips them from then on.
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

/** Whether a range holds an address, or all of a narrower range. */
function holds(range: Cidr, address: string): boolean {
  const part = readCidr(address);
  return part !== null && covers(range, part);
}
