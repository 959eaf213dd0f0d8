import { changedRequest } from "./changed_request.ts";
import type { OpenEnds } from "./open_ends.ts";
import { Refusal } from "../base/refusal.ts";

/** The minimum average rate of a body while it is waited for, in bytes a second. */
const LEAST_RATE = 500;

/** A body arrived too slowly; the response is 408. */
export class SlowBodyError extends Refusal {
  override name = "SlowBodyError";

  constructor() {
    super(
      "too_slow",
      `Cannot read the body: expected it at ${LEAST_RATE} bytes a second or more`,
    );
  }
}

/** The sender of a body is no longer allowed. */
class EndedBodyError extends Refusal {
  override name = "EndedBodyError";

  constructor() {
    super("forbidden", "Cannot read the body: its sender is no longer allowed");
  }
}

/** A shorter body finishes before it could be ended, in milliseconds. */
const SHORT_MS = 500;

/**
 * A body that fails with {@linkcode SlowBodyError} if less than 500 bytes a second arrive over each
 * `deadlineMs` of waiting. Time in which nothing reads does not count, so a slow reader does not
 * end an upload; the total time is not limited.
 *
 * @param onSlow Called once, when that happens; `gone` resolves when nothing holds the body any
 * more.
 * @param watch Called once for a body that takes long; it may be ended from then on.
 */
export function timelyBody(
  body: ReadableStream<Uint8Array>,
  deadlineMs: number,
  onSlow: (gone: Promise<void>) => void = () => {},
  watch: (end: () => Promise<void>) => () => void = () => () => {},
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const needed = LEAST_RATE * deadlineMs / 1_000;
  const openedAt = performance.now();
  let leave: (() => void) | undefined;
  let isOver = false;
  let waited = 0;
  let came = 0;

  let reading: Promise<unknown> | undefined;

  /**
   * Cancels the body after its pending read: if it is cancelled during a read, Deno keeps the
   * connection open; after it, Deno closes the connection when the response breaks off.
   */
  function release(): Promise<void> {
    const cancel = () => reader.cancel();
    return Promise.resolve(reading).then(cancel, cancel).catch(() => {});
  }

  /** Reads once; null after the deadline. */
  async function read() {
    const next = reader.read();
    reading = next;
    for (;;) {
      const begun = performance.now();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const result = await Promise.race([
        next,
        new Promise<null>((resolve) => {
          timer = setTimeout(resolve, deadlineMs - waited, null);
        }),
      ]).finally(() => clearTimeout(timer));
      waited += performance.now() - begun;
      came += result?.value?.length ?? 0;
      if (result?.done) return result;
      if (result === null || waited >= deadlineMs) {
        if (came < needed) return null;
        waited = 0;
        came = 0;
      }
      if (result !== null) return result;
    }
  }

  function over(): void {
    isOver = true;
    leave?.();
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const end = () => {
        over();
        controller.error(new EndedBodyError());
        return release();
      };
      // Most bodies arrive before they could be ended.
      const timer = leave === undefined
        ? setTimeout(() => leave ??= watch(end), SHORT_MS)
        : undefined;
      const result = await read().finally(() => clearTimeout(timer));
      if (isOver) return;
      if (performance.now() - openedAt > SHORT_MS) leave ??= watch(end);
      if (result === null) {
        over();
        onSlow(release());
        controller.error(new SlowBodyError());
      } else if (result.done) {
        over();
        controller.close();
      } else controller.enqueue(result.value);
    },
    cancel(reason) {
      over();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** How an upload is checked, and the response if it is no longer allowed. */
export interface UploadWatch<R> {
  ends: Pick<OpenEnds, "watch">;
  isAllowed: () => boolean;
  refused: (gone: Promise<void>) => R;
}

/** Whether Deno passes on a body of such a request, if it has one. */
export function mayHaveBody({ method }: { method: string }): boolean {
  return method !== "GET" && method !== "HEAD";
}

/**
 * Handles a request with a timed body; responds with `tooSlow()` if the body is too slow, whatever
 * the handler returns, and with `refused` of `watched` if its visitor is no longer allowed while it
 * arrives.
 */
export function withTimelyBody<R extends Response>(
  request: Request,
  deadlineMs: number,
  handle: (request: Request) => R | Promise<R>,
  tooSlow: (gone: Promise<void>) => R,
  watched?: () => UploadWatch<R>,
): R | Promise<R> {
  if (!mayHaveBody(request) || request.body === null) return handle(request);
  const watch = watched?.();
  return withTimed(request, request.body, {
    ...{ deadlineMs, handle, tooSlow, watch },
  });
}

async function withTimed<R extends Response>(
  request: Request,
  sent: ReadableStream<Uint8Array>,
  { deadlineMs, handle, tooSlow, watch }: {
    deadlineMs: number;
    handle: (request: Request) => R | Promise<R>;
    tooSlow: (gone: Promise<void>) => R;
    watch?: UploadWatch<R>;
  },
): Promise<R> {
  const slow = Promise.withResolvers<R>();
  const body = timelyBody(
    sent,
    deadlineMs,
    (gone) => slow.resolve(tooSlow(gone)),
    watch && ((end) =>
      watch.ends.watch(watch.isAllowed, () => {
        slow.resolve(watch.refused(end()));
      })),
  );
  const timely = changedRequest(request, { body });
  const answer = Promise.resolve(handle(timely));
  // After a timeout, the handler's error is ignored.
  answer.catch(() => {});
  return await Promise.race([answer, slow.promise]);
}
