import { describeAgent } from "../base/user_agent.ts";
import { requestItem } from "./request_item.ts";
import type { FollowOptions, RequestTail, TailBatch } from "./request_tail.ts";

/** Options of {@linkcode tailStream}. */
export interface TailStreamOptions
  extends Pick<FollowOptions, "filter" | "after"> {
  tail: RequestTail;
  /** Called every second; the stream ends if it returns false, or fails. */
  isAllowed: () => Promise<boolean>;
  /** @default {1_000} */
  checkMs?: number;
  /**
   * Interval of a line that prevents proxy timeouts, and updates the position. @default {15_000}
   */
  heartbeatMs?: number;
}

/** A client reconnects this many milliseconds after its stream ended. */
const RETRY_MS = 1_000;
/**
 * A client with this many waiting events reads too slowly: its stream ends, and it may reconnect.
 */
const MAX_WAITING = 64;

/**
 * New records of the request log as server-sent events (`text/event-stream`): `requests` with
 * `{items, skipped}`, the items as in the API, with an `id` and the name of the user agent
 * (`agent`); `reset` if too much was missed to catch up. The id of an event is the position to
 * resume from.
 *
 * @throws {TailFullError} if there are too many followers already.
 * @throws {StoreDownError}
 */
export async function tailStream(
  { tail, filter, after, isAllowed, checkMs = 1_000, heartbeatMs = 15_000 }:
    TailStreamOptions,
): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let isOver = false;
  let leave = () => {};
  const timers: ReturnType<typeof setInterval>[] = [];
  const end = () => {
    if (isOver) return;
    isOver = true;
    for (const timer of timers) clearInterval(timer);
    leave();
    try {
      controller.close();
    } catch {
      // The client has already disconnected.
    }
  };
  const send = (text: string) => {
    if (isOver) return;
    if ((controller.desiredSize ?? 0) <= -MAX_WAITING) return end();
    controller.enqueue(encoder.encode(text));
  };
  const stream = new ReadableStream<Uint8Array>({
    start(it) {
      controller = it;
    },
    cancel: end,
  });
  send(`retry: ${RETRY_MS}\n\n`);
  leave = await tail.follow({
    filter,
    after,
    onBatch: (batch) => send(eventOf(batch)),
    onEnd(why) {
      if (why === "reset") send("event: reset\ndata: {}\n\n");
      end();
    },
  });
  // It may have ended while it was starting.
  if (isOver) {
    leave();
    return stream;
  }
  send(`id: ${tail.position}\n\n`);
  timers.push(
    setInterval(() => send(`: beat\nid: ${tail.position}\n\n`), heartbeatMs),
    setInterval(async () => {
      try {
        if (await isAllowed()) return;
      } catch {
        // If the check fails, the stream ends.
      }
      end();
    }, checkMs),
  );
  return stream;
}

function eventOf({ records, skipped, position }: TailBatch): string {
  const items = records.map(({ id, record }) => ({
    id,
    ...requestItem(record),
    agent: record.user_agent === null ? null : describeAgent(record.user_agent),
  }));
  // JSON has no bare line breaks, which would end the event.
  return (position === null ? "" : `id: ${position}\n`) +
    `event: requests\ndata: ${JSON.stringify({ items, skipped })}\n\n`;
}
