import { describeAgent } from "../base/user_agent.ts";
import { requestItem } from "./request_item.ts";
import type { FollowOptions, RequestTail, TailBatch } from "./request_tail.ts";

/** What {@linkcode tailStream} needs. */
export interface TailStreamOptions
  extends Pick<FollowOptions, "filter" | "after"> {
  tail: RequestTail;
  /** Asked every second; the stream ends where it says no, or fails. */
  isAllowed: () => Promise<boolean>;
  /** @default {1_000} */
  checkMs?: number;
  /** A line that keeps proxies from giving up, and carries the position along. @default {15_000} */
  heartbeatMs?: number;
}

/** A client comes back so many milliseconds after its stream ended. */
const RETRY_MS = 1_000;
/**
 * A client with this many waiting events reads too slowly: its stream ends, and it may reconnect.
 */
const MAX_WAITING = 64;

/**
 * The request log as it grows, as server-sent events (`text/event-stream`): `requests` with
 * `{items, skipped}`, the items as the API shows them, with an `id` and with what
 * the user agent claims to be (`agent`); `reset` where too much was
 * missed to catch up. The id of an event says where to go on from.
 *
 * @throws {TailFullError} where too many follow already.
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
      // The client has gone already.
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
  // It may have ended while it began.
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
