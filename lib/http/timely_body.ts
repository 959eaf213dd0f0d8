import { changedRequest } from "./changed_request.ts";
import { Refusal } from "../base/refusal.ts";

/** What a body has to bring on average, in bytes a second, while it is waited for. */
const LEAST_RATE = 500;

/** A body came too slowly; answered with 408. */
export class SlowBodyError extends Refusal {
  override name = "SlowBodyError";

  constructor() {
    super(
      "too_slow",
      `Cannot read the body: expected it at ${LEAST_RATE} bytes a second or more`,
    );
  }
}

/**
 * A body that fails with {@linkcode SlowBodyError} where less than 500 bytes a second come over each
 * `deadlineMs` that it is waited for. Time in which nobody reads is not the sender's, so a slow
 * reader does not end an upload; one that is large takes as long as it takes.
 *
 * @param onSlow Told once, when that happens.
 */
export function timelyBody(
  body: ReadableStream<Uint8Array>,
  deadlineMs: number,
  onSlow: () => void = () => {},
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const needed = LEAST_RATE * deadlineMs / 1_000;
  let waited = 0;
  let came = 0;

  /** Reads once; null where the time for it has run out. */
  async function read() {
    const reading = reader.read();
    for (;;) {
      const begun = performance.now();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const result = await Promise.race([
        reading,
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

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const result = await read();
      if (result === null) {
        reader.cancel().catch(() => {});
        onSlow();
        controller.error(new SlowBodyError());
      } else if (result.done) controller.close();
      else controller.enqueue(result.value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/**
 * Answers a request whose body comes in time, and with `tooSlow()` where it does not, whatever the
 * handler makes of that.
 */
export function withTimelyBody<R extends Response>(
  request: Request,
  deadlineMs: number,
  handle: (request: Request) => R | Promise<R>,
  tooSlow: () => R,
): R | Promise<R> {
  const { method } = request;
  if (method === "GET" || method === "HEAD" || request.body === null) {
    return handle(request);
  }
  return withTimed(request, request.body, { deadlineMs, handle, tooSlow });
}

async function withTimed<R extends Response>(
  request: Request,
  sent: ReadableStream<Uint8Array>,
  { deadlineMs, handle, tooSlow }: {
    deadlineMs: number;
    handle: (request: Request) => R | Promise<R>;
    tooSlow: () => R;
  },
): Promise<R> {
  const slow = Promise.withResolvers<R>();
  const body = timelyBody(
    sent,
    deadlineMs,
    () => slow.resolve(tooSlow()),
  );
  const timely = changedRequest(request, { body });
  const answer = Promise.resolve(handle(timely));
  // Where the time ran out first, what the handler fails with is nobody's concern.
  answer.catch(() => {});
  return await Promise.race([answer, slow.promise]);
}
