/**
 * Alerts waiting for delivery. They are stored, so that a process that dies loses none and several
 * processes deliver each only once.
 *
 * @module
 */
import { HOUR } from "../base/duration.ts";
import type { Finding } from "../detection/finding.ts";
import { findingItem } from "../detection/finding_item.ts";
import { compareSeverity, type Severity } from "../detection/types.ts";
import { atOnce } from "../base/at_once.ts";
import { byChecks, WRITES_AT_ONCE } from "../store/checks.ts";
import { getAll } from "../store/get_all.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet, write } from "../store/retry.ts";
import type { AlertEvent, WaitingAlert } from "./event.ts";

/**
 * A finding for which an alert was sent, so that it is not sent again while the finding continues.
 */
interface SentAlert {
  severity: Severity;
  /** Epoch ms. */
  at: number;
  /** After this time without new evidence, the finding causes an alert again. */
  expires_at: number;
}

/** How long an alert waits for a receiver that is down; then it is dropped. */
const ALERT_LIFETIME_MS = 24 * HOUR;
/** How long a finding must be quiet before it causes another alert. */
const QUIET_MS = 6 * HOUR;
/** The most alerts that wait; further ones are only counted. */
export const MAX_WAITING = 500;
/** How many findings of one run get an alert of their own. */
const MAX_SINGLE = 50;
/** A run over an old hour alerts about new findings but not again about earlier ones. */
const RECENT_MS = 2 * HOUR;

/** A receiver's queue and which events go into it. */
export interface Mailbox {
  id: string | null;
  wants: (event: AlertEvent) => boolean;
}

/** What the outbox works on. */
export interface OutboxStore {
  kv: Deno.Kv;
  now: () => number;
  boxes: readonly Mailbox[];
}

/** An alert as it is stored. */
export function waitingAlert(event: AlertEvent, now: number): WaitingAlert {
  return {
    id: crypto.randomUUID(),
    at: now,
    event,
    refusals: 0,
    expires_at: now + ALERT_LIFETIME_MS,
  };
}

/** Adds an alert for a receiver to a write. */
export function putAlert(
  commit: Deno.AtomicOperation,
  receiver: string | null,
  alert: WaitingAlert,
): Deno.AtomicOperation {
  return commit.set(keys.alert(receiver, alert.at, alert.id), alert, {
    expireIn: ALERT_LIFETIME_MS,
  });
}

function putAlerts(
  commit: Deno.AtomicOperation,
  boxes: readonly Mailbox[],
  alert: WaitingAlert,
): void {
  for (const { id, wants } of boxes) {
    if (wants(alert.event)) putAlert(commit, id, alert);
  }
}

/**
 * Queues an event for every receiver that wants it; for events that are neither findings nor
 * changes of lists.
 */
export async function enqueue(
  { kv, now, boxes }: OutboxStore,
  event: AlertEvent,
): Promise<void> {
  const open = await boxesWithRoom(kv, boxes);
  if (open.length === 0) return;
  const alert = waitingAlert(event, now());
  await write(() => {
    const commit = kv.atomic();
    putAlerts(commit, open, alert);
    return commit.commit();
  });
}

/** A full queue of one receiver must not stop deliveries to others. */
async function boxesWithRoom(
  kv: Deno.Kv,
  boxes: readonly Mailbox[],
): Promise<(Mailbox & { room: number })[]> {
  const counted = await Promise.all(boxes.map(async (box) => ({
    ...box,
    room: MAX_WAITING - await countWaiting(kv, MAX_WAITING, box.id),
  })));
  return counted.filter(({ room }) => room > 0);
}

/**
 * Queues alerts for findings above `info` that are new, more severe than at their last alert, or
 * back after six quiet hours. If two processes do so at once, one succeeds.
 *
 * @param findings All findings of the evaluated time; the most severe get an alert each.
 * @param news Those that are new or had been resolved.
 * @returns the number of findings with a new alert.
 */
export async function enqueueFindings(
  { kv, now, boxes }: OutboxStore,
  findings: readonly Finding[],
  news: readonly Finding[],
): Promise<number> {
  const isNew = new Set(news.map(({ id }) => id));
  const at = now();
  const candidates = findings
    .filter(({ id, severity, last_seen }) =>
      severity !== "info" && (isNew.has(id) || last_seen >= at - RECENT_MS)
    )
    .sort((a, b) =>
      compareSeverity(b.severity, a.severity) || b.score - a.score
    );
  if (candidates.length === 0) return 0;
  const open = await boxesWithRoom(kv, boxes);
  let room = Math.min(MAX_SINGLE, ...open.map(({ room }) => room));
  if (open.length === 0) room = 0;
  const more = { count: 0, rules: new Map<string, number>() };
  let worst: Severity = "warning";
  let count = 0;
  const enqueueSome = async (batch: readonly Finding[]) => {
    const fresh = await enqueueBatch({ kv, boxes: open }, batch, at, room);
    count += fresh.length;
    for (const { rule, severity } of fresh.slice(Math.max(0, room))) {
      more.count++;
      more.rules.set(rule, (more.rules.get(rule) ?? 0) + 1);
      if (compareSeverity(severity, worst) > 0) worst = severity;
    }
    room -= fresh.length;
  };
  const batches = byChecks(candidates);
  // The most severe first; those without an alert of their own are only marked.
  while (room > 0) {
    const next = batches.next();
    if (next.done) break;
    await enqueueSome(next.value);
  }
  await atOnce(batches, WRITES_AT_ONCE, enqueueSome);
  if (more.count > 0) {
    const by_rule = Object.fromEntries(more.rules);
    await enqueue({ kv, now, boxes }, {
      type: "more_findings",
      count: more.count,
      by_rule,
      worst,
    });
  }
  return count;
}

/** Marks findings as sent; the first `room` get an alert. */
function enqueueBatch(
  { kv, boxes }: Omit<OutboxStore, "now">,
  batch: readonly Finding[],
  at: number,
  room: number,
): Promise<Finding[]> {
  return compareAndSet(async () => {
    const entries = await getAll<SentAlert>(
      kv,
      batch.map(({ id }) => keys.alertSent(id)),
    );
    const commit = kv.atomic();
    const fresh: Finding[] = [];
    let changes = 0;
    for (const [index, finding] of batch.entries()) {
      const entry = entries[index]!;
      const sent = entry.value && entry.value.expires_at > at
        ? entry.value
        : null;
      const isDue = shouldAlert(finding, sent);
      // While the finding continues, its quiet time is extended, with a write at most every half of
      // it.
      const isKept = sent !== null && sent.expires_at - at > QUIET_MS / 2;
      if (!isDue && isKept) continue;
      const value: SentAlert = {
        severity: finding.severity,
        at: isDue ? at : sent!.at,
        expires_at: at + QUIET_MS,
      };
      commit.check(entry).set(keys.alertSent(finding.id), value, {
        expireIn: QUIET_MS,
      });
      changes++;
      if (!isDue) continue;
      if (fresh.length < room) {
        const event = {
          type: "finding" as const,
          finding: findingItem(finding),
        };
        putAlerts(commit, boxes, waitingAlert(event, at));
      }
      fresh.push(finding);
    }
    if (changes === 0) return fresh;
    return (await commit.commit()).ok ? fresh : undefined;
  });
}

function shouldAlert(finding: Finding, sent: SentAlert | null): boolean {
  if (sent === null) return true;
  if (compareSeverity(finding.severity, sent.severity) > 0) return true;
  // The earlier one was resolved by an admin: this is a new one.
  return finding.resolved_at !== null && finding.resolved_at >= sent.at &&
    finding.flagged_at > sent.at;
}

/** Waiting alerts, oldest first; outdated ones are returned as `stale`. */
export async function readWaiting(
  kv: Deno.Kv,
  now: number,
  receiver: string | null = null,
): Promise<{ waiting: WaitingAlert[]; stale: WaitingAlert[] }> {
  const found: { waiting: WaitingAlert[]; stale: WaitingAlert[] } = {
    waiting: [],
    stale: [],
  };
  const limit = MAX_WAITING + 10;
  const prefix = keys.alertsOf(receiver);
  const entries = kv.list<WaitingAlert>({ prefix }, {
    limit,
    batchSize: limit,
  });
  for await (const { value } of entries) {
    (value.expires_at > now ? found.waiting : found.stale).push(value);
  }
  return found;
}

/** How many wait, counted up to `limit`. */
export async function countWaiting(
  kv: Deno.Kv,
  limit: number,
  receiver: string | null = null,
): Promise<number> {
  let count = 0;
  const selector = { prefix: keys.alertsOf(receiver) };
  for await (const _ of kv.list(selector, { limit, batchSize: limit })) count++;
  return count;
}
