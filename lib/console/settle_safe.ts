import { listFindings, setFindingActive } from "../detection/findings.ts";
import { setIncidentActive } from "../detection/incidents/store.ts";
import { type Cidr, contains, parseCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { safeHostName } from "../lists/safe_hosts.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { openIncidents } from "./open_incidents.ts";

/** More findings of one entry are resolved by the next look. */
const MOST = 500;
const WHY = "on the safelist";

/**
 * Resolves what is open about addresses that were put on the safelist: who is let in for good is not
 * left flagged. An incident goes where all who took part are on it.
 */
export async function settleSafe(
  { kv, now, addresses }: Pick<ConsoleParts, "kv" | "now" | "addresses">,
  ip: string,
  by: string,
): Promise<void> {
  // Whom a name stands for is followed from then on; detection leaves them alone.
  if (safeHostName(ip.trim()) !== null) return;
  const range = parseCidr(ip.trim());
  const forms = new Set(addresses.formsOf(ip.trim()));
  const isIn = (address: string) => forms.has(address) || holds(range, address);
  const { items } = await listFindings(kv, {
    active: true,
    limit: MOST,
    now: now(),
  });
  for (const { id, ip_address } of items) {
    if (!isIn(ip_address)) continue;
    await setFindingActive(kv, id, false, { by, why: WHY, now: now() });
  }
  for (const { id, addresses } of await openIncidents(kv, now())) {
    if (addresses.length === 0 || !addresses.every(isIn)) continue;
    await setIncidentActive(kv, id, false, { by, why: WHY, now: now() });
  }
}

/** Whether a range holds an address, or all of a narrower range. */
function holds(range: Cidr, address: string): boolean {
  const ip = parseIp(address.split("/", 1)[0]!);
  if (ip === null || !contains(range, ip)) return false;
  return !address.includes("/") || parseCidr(address).prefix >= range.prefix;
}
