import type { Incident } from "../detection/incidents/incident.ts";
import { protectedAddresses } from "../detection/protected_addresses.ts";
import { refusalToBlock } from "../lists/access_store.ts";
import { parseIp } from "../net/ip.ts";
import type { ConsoleParts } from "./console_parts.ts";

/** Whom a block of an incident's addresses would hit. */
export interface IncidentPreview {
  /** Addresses that would be blocked. */
  addresses: number;
  /** Addresses that would be left out, with why; the first few. */
  spared: { ip_address: string; why: string }[];
}

/** More addresses are not asked after one by one. */
const MOST = 200;

/** What blocking the addresses of an incident would do, and whom it would leave alone. */
export async function previewBlock(
  { kv, now, config }: Pick<ConsoleParts, "kv" | "now" | "config">,
  { addresses }: Incident,
): Promise<IncidentPreview> {
  const untouchable = await protectedAddresses({ kv, now });
  const { trustedProxies } = config;
  const preview: IncidentPreview = { addresses: 0, spared: [] };
  for (const ip of addresses.slice(0, MOST)) {
    const why = parseIp(ip) === null
      ? "not a single address"
      : untouchable.has(ip)
      ? "an admin or known user is there"
      : await refusalToBlock(kv, now, { ip, trustedProxies });
    if (why === null) preview.addresses++;
    else preview.spared.push({ ip_address: ip, why });
  }
  return preview;
}
