import type { AuditAction } from "../store/audit_actions.ts";
import type { FeedContext } from "./enforce.ts";
import type { Reversal } from "../store/audit.ts";
import type { Feed, FeedResult } from "./feed.ts";
import type { Actor, HeldFeed } from "./feed_store.ts";
import { type FeedOutcome, outcome } from "./outcome.ts";
import { sweepParts } from "./parts.ts";
import { HOUR, MINUTE } from "../base/duration.ts";

const RETRY_MS = 10 * MINUTE;
const MAX_RETRY_MS = 6 * HOUR;

/** A refresh that failed because of the network or the list. */
export class FeedError extends Error {
  override name = "FeedError";
}

/** Whether an error is expected: of the network, or of the list. */
export function isExpected(error: unknown): error is Error {
  return error instanceof Error &&
    ["FeedError", "ListError", "OutboundError"].includes(error.name);
}

/** Stores that a refresh failed; the list in force stays. */
export async function failed(
  context: FeedContext,
  held: HeldFeed,
  feed: Feed,
  { actor, error, started }: { actor: Actor; error: Error; started: number },
): Promise<FeedOutcome> {
  const message = `${error.message.replace(/\.$/, "")}.`;
  await finish(context, held, feed, {
    kind: "failed",
    message,
    report: null,
    started,
    actor,
    what: "feed_failed",
  });
  return outcome("failed", message);
}

/** Stores the result of a run, and when the next one is due. */
export async function finish(
  { kv, now }: FeedContext,
  held: HeldFeed,
  feed: Feed,
  { kind, message, report, started, actor, what, reverse }:
    & Pick<FeedResult, "kind" | "message" | "report">
    & {
      started: number;
      /** Null: nothing for the audit trail. */
      actor: Actor | null;
      what: AuditAction;
      reverse?: Reversal;
    },
): Promise<void> {
  const at = now();
  const isBad = kind === "failed";
  const isGood = kind === "applied" || kind === "unchanged";
  const failures = isBad ? feed.failures + 1 : isGood ? 0 : feed.failures;
  // A list that was interrupted before it took effect is not staged any more.
  const staged = isGood ? null : feed.staged;
  const next: Feed = {
    ...feed,
    staged,
    undo: undoAfter(kind, feed),
    last: { at, took_ms: at - started, kind, message, report },
    good_at: isGood ? at : feed.good_at,
    failures,
    next_at: feed.every_ms === null
      ? null
      : kind === "discarded"
      ? feed.next_at
      : at + (isBad ? retryIn(failures, feed.every_ms) : feed.every_ms),
  };
  await held.save(
    next,
    actor ? { ...actor, what, why: message, reverse } : undefined,
  );
  await sweepParts(kv, feed.name, keptParts(next));
}

/** A decision can be undone until another list has come. */
function undoAfter(kind: FeedResult["kind"], feed: Feed): Feed["undo"] {
  const { undo = null, list } = feed;
  if (kind === "held") return null;
  return kind === "unchanged" && undo?.of !== list?.id ? null : undo;
}

/** Which of a feed's lists are kept. */
export function keptParts(
  { list, staged, undo }: Pick<Feed, "list" | "staged" | "undo">,
): (string | undefined)[] {
  return [list?.id, staged?.id, undo?.list?.id, undo?.staged?.id];
}

function retryIn(failures: number, every: number): number {
  const wait = RETRY_MS * 2 ** Math.min(failures - 1, 10);
  return Math.min(wait, every, MAX_RETRY_MS);
}
