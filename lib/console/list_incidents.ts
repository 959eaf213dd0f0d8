/**
 * Puts all participants of several incidents on the blocklist or the safelist, for a time: with one
 * preview, one action and one undo.
 *
 * @module
 */
import { Refusal } from "../base/refusal.ts";
import { parseDuration } from "../base/duration.ts";
import type { Incident } from "../detection/incidents/incident.ts";
import { setIncidentActive } from "../detection/incidents/store.ts";
import { keys } from "../store/keys.ts";
import { type AccessEntry, isLive } from "../lists/access_entry.ts";
import { parseCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import type { AuditEntry } from "../store/audit.ts";
import { blockList, MOST_AT_ONCE } from "./block_list.ts";
import { allow, type Author } from "./block_request.ts";
import type { ConsoleParts } from "./console_parts.ts";
import {
  type Affected,
  affectedBy,
  previewBlock,
  type Targets,
} from "./incident_preview.ts";
import { type NewEntries, settleIncidents } from "./settle.ts";

/** The lists that can be chosen. */
const LISTINGS = ["block", "allow"] as const;

export type Listing = typeof LISTINGS[number];

/** The impact, before it is done. */
export type ListingPreview = Targets & Affected;

/**
 * The participants that would be listed, and the impact.
 *
 * @throws {Refusal} for more than 500 addresses.
 */
export async function previewListing(
  parts: ConsoleParts,
  listing: Listing,
  incidents: readonly Incident[],
  from: string,
): Promise<ListingPreview> {
  const addresses = [...new Set(incidents.flatMap((each) => each.addresses))];
  if (addresses.length > MOST_AT_ONCE) {
    throw new Refusal(
      "invalid",
      `Cannot ${listing} ${addresses.length} addresses at once: expected at most ${MOST_AT_ONCE}; choose fewer incidents`,
    );
  }
  if (listing === "block") {
    const chosen = { addresses, networks: [] };
    return await previewBlock(parts, chosen, "addresses", from);
  }
  const isAddress = (ip: string) => parseIp(ip) !== null;
  const targets = addresses.filter(isAddress);
  const spared = addresses.filter((ip) => !isAddress(ip))
    .map((ip) => ({ ip_address: ip, why: "not an address" }));
  return { targets, spared, ...await affectedBy(parts, targets, from) };
}

/** The parameters. */
export interface ListingOrder {
  listing: Listing;
  incidents: readonly Incident[];
  why: string;
  /** The duration; empty: until removed. */
  for: string;
  who: Author;
}

/**
 * Lists them, and marks the incidents as decided.
 *
 * @returns the audit entry whose undo reverts all of it, and the number of entries.
 * @throws {Refusal} if nobody is left to be listed, or for an invalid duration.
 */
export async function listIncidentsOn(
  parts: ConsoleParts,
  { listing, incidents, why, for: span, who }: ListingOrder,
): Promise<{ entry: AuditEntry | null; listed: number }> {
  const { kv, now } = parts;
  const { targets } = await previewListing(parts, listing, incidents, who.from);
  if (targets.length === 0) {
    throw new Refusal("conflict", "Nothing was done: all of them are exempt");
  }
  const ids = incidents.map(({ id }) => id);
  if (listing === "block") {
    const { entry, written } = await blockList(parts, {
      ...{ addresses: targets, reason: why, for: span, incidents: ids },
      ...{ by: who.by, from: who.from },
    });
    for (const id of ids) {
      await setIncidentActive(kv, id, false, {
        ...{ by: who.by, why, decision: "blocked", now: now() },
      });
    }
    return { entry, listed: written };
  }
  const expires_at = span === "" ? null : now() + parseDuration(span);
  const listed: NewEntries = { list: "safe", entries: [] };
  for (const ip of targets) {
    const { value: before } = await kv.get<AccessEntry>(
      keys.access("safe", ip),
    );
    const { entry } = await allow(
      parts,
      { range: parseCidr(ip), reason: why, expires_at, force: false },
      who,
    );
    // Earlier entries are not part of this undo.
    if (before !== null && isLive(before, now())) continue;
    listed.entries.push([ip, entry.created_at]);
  }
  const { entry } = await settleIncidents(parts, ids, {
    ...{ isActive: false, who, why, decision: "safelisted", listed },
  });
  return { entry, listed: targets.length };
}
