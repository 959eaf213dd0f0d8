import type { Finding, Settled } from "../detection/finding.ts";
import { getFinding } from "../detection/findings.ts";
import type { AccessEntry } from "../lists/access_entry.ts";
import {
  allow,
  blockUnlessSeen,
  readEntry,
  type SignedInAuthor,
} from "./block_request.ts";
import { DAY } from "../base/duration.ts";
import { formatCidr, readCidr } from "../net/cidr.ts";
import { Refusal } from "../base/refusal.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { keys } from "../store/keys.ts";
import type { AuditEntry } from "../store/audit.ts";
import { type NewEntries, settleFindings } from "./settle.ts";

/** The actions on several findings. */
export const INBOX_ACTIONS = ["block", "allow", "resolve", "reopen"] as const;

export type InboxAction = typeof INBOX_ACTIONS[number];

/** The outcome at the guard. */
export interface InboxResult {
  /** The findings that were changed. */
  done: string[];
  /** The audit entry whose undo reverts all of it; null if nothing changed. */
  entry: AuditEntry | null;
  /** The reasons for refusals of others, one per line. */
  refused: string[];
  /** The path where the author has to confirm a block of their own address, if required. */
  confirmAt: string | null;
  /** The entries newly added to the list. */
  listed: NewEntries;
}

/** The decision that each action records. */
const DECISION = {
  block: "blocked",
  allow: "safelisted",
  resolve: "dismissed",
  reopen: "dismissed",
} as const satisfies Record<InboxAction, Settled>;

/** More than fit on a page. */
const MAX_FINDINGS = 200;

/**
 * Blocks for 24 hours or safelists the addresses of findings, and resolves those; or only resolves
 * or reopens them. A block that would affect signed-in users is refused here: it needs its own
 * preview.
 *
 * @throws {Refusal} 400 for too many.
 */
export async function actOnFindings(
  services: ConsoleParts,
  action: InboxAction,
  { ids, why, who, most = MAX_FINDINGS, showRanges = false }: {
    ids: readonly string[];
    why: string;
    who: SignedInAuthor;
    /** @default 200, which is more than fit on a page */
    most?: number;
    /** Whether a block of a range is refused, as a page has to preview its impact. */
    showRanges?: boolean;
  },
): Promise<InboxResult> {
  const result: InboxResult = {
    done: [],
    entry: null,
    refused: [],
    confirmAt: null,
    listed: { list: action === "allow" ? "safe" : "blocked", entries: [] },
  };
  for (const finding of await findingsOf(services, ids, most)) {
    if (action === "block" || action === "allow") {
      const listed = await actOnAddress(services, action, finding, {
        ...{ why, who, showRanges },
      });
      if (listed.refused !== null) {
        result.refused.push(`${finding.ip_address}: ${listed.refused}`);
        continue;
      }
      if (listed.entry && listed.isNew) {
        const { ip_address, created_at } = listed.entry;
        result.listed.entries.push([ip_address, created_at]);
      }
      result.confirmAt ??= listed.confirmAt;
    }
    result.done.push(finding.id);
  }
  const { entry } = await settleFindings(services, result.done, {
    ...{ isActive: action === "reopen", who, decision: DECISION[action] },
    listed: result.listed,
    why: why || (action === "resolve" ? "" : `${action}ed`),
  });
  result.entry = entry;
  return result;
}

async function findingsOf(
  { kv, now }: ConsoleParts,
  ids: readonly string[],
  most: number,
): Promise<Finding[]> {
  const asked = [...new Set(ids)].filter((id) => /^[\w-]{16}$/.test(id));
  if (asked.length > most) {
    throw new Refusal(
      "malformed",
      `Cannot change ${asked.length} findings at once: expected at most ${most}`,
    );
  }
  const found = await Promise.all(asked.map((id) => getFinding(kv, id, now())));
  return found.filter((finding) => finding !== null);
}

/** The result for a finding's address. */
interface AddressResult {
  refused: string | null;
  isNew: boolean;
  confirmAt: string | null;
  /** The entry that is active now. */
  entry: AccessEntry | null;
}

async function actOnAddress(
  services: ConsoleParts,
  action: "block" | "allow",
  { ip_address, rule, explanation }: Finding,
  { why, who, showRanges }: {
    why: string;
    who: SignedInAuthor;
    showRanges: boolean;
  },
): Promise<AddressResult> {
  const refusal = (refused: string) => ({
    refused,
    isNew: false,
    confirmAt: null,
    entry: null,
  });
  const range = readCidr(ip_address);
  if (range === null) return refusal("not an address that can be listed");
  const list = action === "block" ? "blocked" : "safe";
  const { value } = await services.kv.get<AccessEntry>(
    keys.access(list, formatCidr(range)),
  );
  const isNew = value === null ||
    value.expires_at !== null && value.expires_at <= services.now();
  const reason = (why || `${rule}: ${explanation}`).slice(0, 400);
  try {
    const input = {
      ...await readEntry(services, { ip: ip_address, reason }, action),
      expires_at: action === "block" ? services.now() + DAY : null,
    };
    if (action === "allow") {
      const { entry } = await allow(services, input, who);
      return { refused: null, isNew, confirmAt: null, entry };
    }
    const result = await blockUnlessSeen(services, input, who, {
      showRanges,
    });
    return "impact" in result
      ? refusal("Not blocked yet: check on its page who would be affected.")
      : { refused: null, isNew, ...result };
  } catch (error) {
    if (error instanceof Refusal) return refusal(error.message);
    throw error;
  }
}
