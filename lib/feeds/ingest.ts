import { createHash } from "node:crypto";
import { diffList } from "./diff.ts";
import { type FeedContext, otherFeedsListing, screenNow } from "./enforce.ts";
import type { Feed, FeedReport } from "./feed.ts";
import { objectionsTo } from "./judge.ts";
import { ListError } from "./list_reader.ts";
import { type ListCounts, readList, type Wanted } from "./read_list.ts";
import { measureTraffic } from "./traffic.ts";

/** A list that was read and judged; nothing is written yet. */
export interface Ingested {
  wanted: Map<string, Wanted>;
  spared: Map<string, Wanted>;
  /** Of all its bytes, in hexadecimal. */
  sha256: string;
  report: FeedReport;
  /** What speaks against applying it without asking. */
  objections: string[];
}

/**
 * Reads a list and finds out what it would do: the diff, whom of the last days' visitors it would
 * have kept out, and what speaks against it. Writes nothing.
 *
 * @param checkIn Called now and then, as a long list takes its time.
 *
 * @throws {ListError} for what is no list, holds nothing that can be blocked, or is too long.
 */
export async function ingest(
  context: FeedContext,
  feed: Feed,
  stream: AsyncIterable<Uint8Array>,
  checkIn: () => Promise<void> = () => Promise.resolve(),
): Promise<Ingested> {
  const { kv, now, privacy } = context;
  const hash = createHash("sha256");
  async function* hashed() {
    for await (const chunk of stream) {
      hash.update(chunk);
      yield chunk;
      await checkIn();
    }
  }
  const { wanted, spared, ...counts } = await readList(hashed(), {
    screen: await screenNow(context),
    now: now(),
  });
  if (wanted.size === 0) refuseEmpty(counts, feed);
  const diff = await diffList(kv, now(), feed, wanted);
  await checkIn();
  const listedElsewhere = await otherFeedsListing(context, feed, diff);
  await checkIn();
  const report: FeedReport = {
    ...counts,
    entries: wanted.size,
    changes: { ...diff.changes, handed_over: listedElsewhere.size },
    traffic: await measureTraffic(kv, now, wanted.keys(), { privacy }),
  };
  return {
    wanted,
    spared,
    sha256: hash.digest("hex"),
    report,
    objections: objectionsTo(report, feed.list?.entries ?? null),
  };
}

function refuseEmpty(
  { found, damaged, damaged_samples: [first] }: ListCounts,
  feed: Feed,
): void {
  if (found > 0 && feed.list === null) {
    throw new ListError(
      `No entry of the list can be blocked: all are skipped`,
    );
  }
  if (found === 0 && damaged > 0) {
    throw new ListError(
      `This is not a list of addresses: all of its lines are invalid, beginning with ${first}, where an IP address or range is expected`,
    );
  }
  if (feed.list === null) {
    throw new ListError("The list is empty: it has no address to block");
  }
}
