import { isWithinNetwork, networkAround } from "../net/network.ts";
import { type LoginsOf, loginsOf } from "../accounts/logins_of.ts";
import { type AddressStats, addressStats } from "./address_stats.ts";
import { type AuditEntry, listAudit } from "../store/audit.ts";
import { type Neighbours, neighboursIn } from "./neighbours.ts";
import { type Cidr, formatCidr, isSingle } from "../net/cidr.ts";
import { getNote, type Note } from "../lists/notes.ts";
import type { ConsoleParts } from "./console_parts.ts";

/** What is known of an address or range besides its entries, findings and requests. */
export interface Dossier {
  stats: AddressStats;
  logins: LoginsOf;
  /**
   * The /24 or /48 around it, and other addresses seen there; null for a range of that size or
   * larger.
   */
  network: { cidr: string; neighbours: Neighbours } | null;
  /** The admin actions on it, the latest first. */
  past: AuditEntry[];
  note: Note | null;
  /** Its reverse DNS name. */
  name: string | null;
}

/** The number of latest audit entries that are searched. */
const AUDIT_DEPTH = 500;
const PAST = 10;
/** The time limit of each part, in milliseconds. */
const BUDGET_MS = 400;

/** Reads all parts concurrently; a part that runs out of time says so. */
export async function readDossier(
  { kv, now, accounts, addresses, reverseName }: ConsoleParts,
  cidr: Cidr,
  { since, until, by }: { since: number; until: number; by: "hour" | "day" },
): Promise<Dossier> {
  const ip = formatCidr(cidr);
  const forms = isSingle(cidr) ? addresses.formsOf(ip) : [ip];
  const range = { from: since, to: until };
  const around = isWithinNetwork(cidr) ? networkAround(cidr) : null;
  const budgetMs = BUDGET_MS;
  const [stats, logins, neighbours, audit, note, name] = await Promise.all([
    addressStats(
      kv,
      { ip, since, until, by, top: 8, budgetMs, addresses },
      now,
    ),
    loginsOf(accounts, cidr, range, budgetMs),
    around && neighboursIn(kv, around, range, now, budgetMs),
    listAudit(kv, { limit: AUDIT_DEPTH, now: now() }),
    getNote(kv, forms),
    isSingle(cidr) && !addresses.isForm(ip) ? reverseName(ip) : null,
  ]);
  return {
    stats,
    logins,
    network: around && neighbours
      ? { cidr: formatCidr(around), neighbours }
      : null,
    past: audit.items.filter(({ target }) => forms.includes(target)).slice(
      0,
      PAST,
    ),
    note,
    name,
  };
}
