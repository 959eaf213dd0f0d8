import { Refusal } from "../base/refusal.ts";
import { auditEntry, putAudit, type Reversal } from "../store/audit.ts";
import type { AuditAction } from "../store/audit_actions.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { takeLease } from "../store/lease.ts";
import { type Feed, type FeedInput, newFeed, shownUrl } from "./feed.ts";
import { MINUTE } from "../base/duration.ts";

/** Who orders a change, and from which address; null for a command or job. */
export interface Actor {
  by: string;
  from: string | null;
}

/** What {@linkcode withFeed} and {@linkcode addFeed} need. */
export interface FeedStore {
  kv: Deno.Kv;
  now: () => number;
}

/** The most feeds, as each takes space and time of the job. */
const MAX_FEEDS = 50;
/** The lease lasts longer than a fetch may take; all other work renews it more often. */
const HOLD_MS = MINUTE;
const CHECK_IN_MS = 5_000;

/** The feed of a name, or null. */
export async function getFeed(kv: Deno.Kv, name: string): Promise<Feed | null> {
  return (await kv.get<Feed>(keys.feed(name))).value;
}

/** All feeds, by name. */
export async function listFeeds(kv: Deno.Kv): Promise<Feed[]> {
  const rows = await Array.fromAsync(
    kv.list<Feed>({ prefix: keys.feedsAll() }),
  );
  return rows.map(({ value }) => value);
}

/**
 * Stores a new feed, which has no list yet.
 *
 * @throws {Refusal} for input that is not valid, a name that is taken, and more than 50 feeds.
 */
export async function addFeed(
  { kv, now }: FeedStore,
  input: FeedInput,
  { by, from }: Actor,
): Promise<Feed> {
  const feed = newFeed(input, by, now());
  await putFeed({ kv, now }, feed, { by, from, why: shownUrl(feed.url!) });
  return feed;
}

/**
 * Stores a feed that is not there yet, and `also` with it.
 *
 * @throws {Refusal} for a name that is taken, and more than 50 feeds.
 */
export async function putFeed(
  { kv, now }: FeedStore,
  feed: Feed,
  { by, from, why, also = () => {} }: Actor & {
    why: string;
    also?: (atomic: Deno.AtomicOperation) => void;
  },
): Promise<void> {
  const { name, created_at } = feed;
  if ((await listFeeds(kv)).length >= MAX_FEEDS) {
    throw new Refusal(
      "invalid",
      `Cannot add ${name}: expected at most ${MAX_FEEDS} feeds`,
    );
  }
  const key = keys.feed(name);
  await compareAndSet(async () => {
    const row = await kv.get<Feed>(key);
    if (row.value) {
      throw new Refusal(
        "conflict",
        `Cannot add ${name}: there is a feed or import of that name`,
      );
    }
    const record = auditEntry({
      ...{ who: by, what: "add_feed", target: name, from, why },
      reverse: { kind: "remove_feed", name, created_at },
    }, now());
    const atomic = kv.atomic().check(row).set(key, feed);
    also(atomic);
    return (await putAudit(atomic, record).commit()).ok ? true : undefined;
  });
}

/** The lease was taken over by another process. */
class LeaseLostError extends Error {
  override name = "LeaseLostError";
}

/** A feed under a lease. */
export interface HeldFeed {
  /**
   * Stores the feed, or deletes it where it is null, together with a line of the audit trail.
   *
   * @throws {LeaseLostError} where it is not held any more.
   */
  save(feed: Feed | null, audit?: HeldAudit): Promise<void>;
  /** Renews the lease; throws as `save` does. Cheap enough to be called often. */
  checkIn(): Promise<void>;
}

/** A line of the audit trail about the feed. */
export interface HeldAudit extends Actor {
  what: AuditAction;
  why: string | null;
  reverse?: Reversal;
  /** What is written with it. */
  also?: (atomic: Deno.AtomicOperation) => void;
}

/** The lease of whoever changes a feed. */
export function feedJob(name: string): string {
  return `feed:${name}`;
}

/** Runs `work` while this process alone may change a feed; "busy" where another does. */
export async function withFeed<T>(
  { kv, now }: FeedStore,
  name: string,
  work: (held: HeldFeed) => Promise<T>,
): Promise<T | "busy"> {
  const lease = await takeLease({
    kv,
    now,
    job: feedJob(name),
    holdMs: HOLD_MS,
  });
  if (!lease) return "busy";
  let checkedAt = performance.now();
  const commit = async (add: (atomic: Deno.AtomicOperation) => void) => {
    if (!await lease.commit(add)) {
      throw new LeaseLostError(`${name} was taken over by another process`);
    }
    checkedAt = performance.now();
  };
  try {
    return await work({
      save: (feed, audit) =>
        commit((atomic) => {
          if (feed) atomic.set(keys.feed(name), feed);
          else atomic.delete(keys.feed(name));
          if (!audit) return;
          const { by: who, from, what, why, reverse } = audit;
          putAudit(
            atomic,
            auditEntry({ who, what, target: name, from, why, reverse }, now()),
          );
          audit.also?.(atomic);
        }),
      async checkIn() {
        if (performance.now() - checkedAt > CHECK_IN_MS) await commit(() => {});
      },
    });
  } catch (error) {
    if (error instanceof LeaseLostError) return "busy";
    throw error;
  } finally {
    // Where the store is down, the lease ends by itself.
    await lease.release().catch(() => {});
  }
}
