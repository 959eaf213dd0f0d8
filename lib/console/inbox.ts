import type { Finding } from "../detection/finding.ts";
import { getFinding, setFindingActive } from "../detection/findings.ts";
import type { AccessEntry } from "../lists/access_entry.ts";
import {
  allow,
  blockUnlessSeen,
  disallow,
  readEntry,
  type SignedInAuthor,
  unblock,
} from "./block_request.ts";
import { DAY } from "../base/duration.ts";
import { type Cidr, formatCidr, parseCidr } from "../net/cidr.ts";
import { Refusal } from "../base/refusal.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { keys } from "../store/keys.ts";

/** What can be done about several findings at once. */
export const INBOX_ACTIONS = ["block", "allow", "resolve", "reopen"] as const;

export type InboxAction = typeof INBOX_ACTIONS[number];

/** What became of it. */
export interface InboxResult {
  /** The findings that it was done to. */
  done: string[];
  /** Those of them that {@linkcode undoOnFindings} would put back as they were. */
  undo: string[];
  /** Why it was not done to others, a line each. */
  refused: string[];
  /** Where the author has to confirm a block of his own, if that is needed. */
  confirmAt: string | null;
}

/** More than fit a page. */
const MAX_FINDINGS = 200;

/**
 * Blocks for 24 hours or puts on the safelist the addresses of findings, and resolves those; or only
 * resolves or reopens them. A block that would hit people who are signed in is refused here: it has
 * to be looked at by itself.
 *
 * @throws {Refusal} 400 for too many.
 */
export async function actOnFindings(
  services: ConsoleParts,
  action: InboxAction,
  { ids, why, who }: {
    ids: readonly string[];
    why: string;
    who: SignedInAuthor;
  },
): Promise<InboxResult> {
  const result: InboxResult = {
    done: [],
    undo: [],
    refused: [],
    confirmAt: null,
  };
  for (const finding of await findingsOf(services, ids)) {
    let isUndoable = finding.is_active !== (action === "reopen");
    if (action === "block" || action === "allow") {
      const listed = await actOnAddress(services, action, finding, {
        why,
        who,
      });
      if (listed.refused !== null) {
        result.refused.push(`${finding.ip_address}: ${listed.refused}`);
        continue;
      }
      isUndoable = listed.isNew;
      result.confirmAt ??= listed.confirmAt;
    }
    await setFindingActive(services.kv, finding.id, action === "reopen", {
      by: who.by,
      why: why || (action === "resolve" ? null : `${action}ed`),
      now: services.now(),
    });
    result.done.push(finding.id);
    if (isUndoable) result.undo.push(finding.id);
  }
  return result;
}

/** Takes back what {@linkcode actOnFindings} did to those findings and their addresses. */
export async function undoOnFindings(
  services: ConsoleParts,
  action: InboxAction,
  { ids, who }: { ids: readonly string[]; who: SignedInAuthor },
): Promise<number> {
  const findings = await findingsOf(services, ids);
  for (const { id, ip_address } of findings) {
    const range = rangeOf(ip_address);
    if (range !== null) await takeBack(services, action, range, who);
    await setFindingActive(services.kv, id, action !== "reopen", {
      by: who.by,
      why: "undone",
      now: services.now(),
    });
  }
  return findings.length;
}

async function findingsOf(
  { kv, now }: ConsoleParts,
  ids: readonly string[],
): Promise<Finding[]> {
  const asked = [...new Set(ids)].filter((id) => /^[\w-]{16}$/.test(id));
  if (asked.length > MAX_FINDINGS) {
    throw new Refusal(
      "malformed",
      `Cannot change ${asked.length} findings at once: expected at most ${MAX_FINDINGS}`,
    );
  }
  const found = await Promise.all(asked.map((id) => getFinding(kv, id, now())));
  return found.filter((finding) => finding !== null);
}

/** What of a finding can be listed; null for what is no address or range. */
function rangeOf(subject: string): Cidr | null {
  try {
    return parseCidr(subject);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** What became of a finding's address. */
interface Listed {
  refused: string | null;
  isNew: boolean;
  confirmAt: string | null;
}

async function actOnAddress(
  services: ConsoleParts,
  action: "block" | "allow",
  { ip_address, rule, explanation }: Finding,
  { why, who }: { why: string; who: SignedInAuthor },
): Promise<Listed> {
  const refusal = (refused: string) => ({
    refused,
    isNew: false,
    confirmAt: null,
  });
  const range = rangeOf(ip_address);
  if (range === null) return refusal("not an address that could be listed");
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
      await allow(services, input, who);
      return { refused: null, isNew, confirmAt: null };
    }
    const result = await blockUnlessSeen(services, input, who);
    return "impact" in result
      ? refusal("Not blocked yet: look whom it would hit.")
      : { refused: null, isNew, confirmAt: result.confirmAt };
  } catch (error) {
    if (error instanceof Refusal) return refusal(error.message);
    throw error;
  }
}

/** Takes an address off the list that an action put it on; gone already is as good. */
async function takeBack(
  services: ConsoleParts,
  action: InboxAction,
  range: Cidr,
  who: SignedInAuthor,
): Promise<void> {
  try {
    if (action === "block") await unblock(services, range, who);
    if (action === "allow") await disallow(services, range, who);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}
