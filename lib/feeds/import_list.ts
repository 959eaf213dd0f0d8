import { Refusal } from "../base/refusal.ts";
import type { FeedContext } from "./enforce.ts";
import { emptyFeed, type Feed, feedName } from "./feed.ts";
import { type Actor, getFeed, withFeed } from "./feed_store.ts";
import { ingest } from "./ingest.ts";
import { busy, type FeedOutcome } from "./outcome.ts";
import { resume } from "./resume.ts";
import { reportSummary } from "./report_text.ts";
import { stageAndApply } from "./stage.ts";

/** A list from a file, or one that is fetched only once. */
export interface ListImport {
  name: string;
  /** Where it came from; null for a file. */
  url: string | null;
  stream: AsyncIterable<Uint8Array>;
  for_ms: number | null;
  /** Only report what it would do. */
  dryRun: boolean;
  /** Apply it despite objections. */
  sure: boolean;
}

/**
 * Makes the entries of a source those of a list. It is the same with a list that is imported again:
 * entries that are no longer in it are removed.
 *
 * @throws {Refusal} for a name that cannot be, or is that of a feed with a schedule.
 * @throws {ListError} for what is no list.
 */
export async function importList(
  context: FeedContext,
  order: ListImport,
  actor: Actor,
): Promise<FeedOutcome> {
  const { kv, now } = context;
  const name = feedName(order.name);
  const { url, for_ms } = order;
  const feedOf = (known: Feed | null): Feed => {
    if (known && (known.every_ms !== null || known.removing)) {
      throw new Refusal(
        "conflict",
        `Cannot import ${name}: expected another name, as it is a feed's`,
      );
    }
    return { ...known ?? emptyFeed(name, actor.by, now()), url, for_ms };
  };
  if (order.dryRun) {
    const feed = feedOf(await getFeed(kv, name));
    const { report, objections } = await ingest(context, feed, order.stream);
    return {
      kind: objections.length > 0 ? "held" : "applied",
      message: `Would do: ${reportSummary(report)}.`,
      report,
      objections,
    };
  }
  const done = await withFeed(context, name, async (held) => {
    const known = await getFeed(kv, name);
    const resumed = known && await resume(context, held, known);
    const feed = feedOf(resumed ? await getFeed(kv, name) : known);
    const started = now();
    const found = await ingest(context, feed, order.stream, held.checkIn);
    const { report, objections } = found;
    if (objections.length > 0 && !order.sure) {
      const message = `Not imported: ${objections.join(" ")}`;
      return { kind: "held" as const, message, report, objections };
    }
    return await stageAndApply(context, held, feed, {
      actor,
      review: false,
      started,
      found: { ...found, objections: [] },
      before: (resumed ? await getFeed(kv, name) : known) ?? feed,
      etag: null,
      last_modified: null,
    });
  });
  return done === "busy" ? busy(name) : done;
}
