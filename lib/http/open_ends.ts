import { answerField } from "./answer_fields.ts";
import { isStreamed } from "./streamed.ts";

/** How often open responses are checked, in milliseconds. */
const EVERY_MS = 1_000;

interface OpenEnd {
  isAllowed: () => boolean | Promise<boolean>;
  end: () => void;
}

/**
 * Open streams, downloads and WebSockets. Each is checked every second and ended if it is no longer
 * allowed, or the check fails. Without any, no timer runs.
 */
export class OpenEnds {
  readonly #open = new Set<OpenEnd>();
  readonly #everyMs: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isAsking = false;

  constructor(everyMs = EVERY_MS) {
    this.#everyMs = everyMs;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Watches one until the returned function is called. */
  watch(
    isAllowed: () => boolean | Promise<boolean>,
    end: () => void,
  ): () => void {
    const each = { isAllowed, end };
    this.#open.add(each);
    this.#timer ??= setInterval(() => this.#ask(), this.#everyMs);
    return () => this.#leave(each);
  }

  #leave(each: OpenEnd): void {
    this.#open.delete(each);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    await Promise.all(Array.from(this.#open, async (each) => {
      let stays = false;
      try {
        stays = await each.isAllowed();
      } catch {
        // If the check fails, it is ended.
      }
      if (stays || !this.#open.has(each)) return;
      this.#leave(each);
      each.end();
    }));
    this.#isAsking = false;
  }
}

/**
 * A response whose body ends at once when it is no longer allowed; `null` bodies stay as they are.
 */
export function endable(
  response: Response,
  ends: OpenEnds,
  isAllowed: () => boolean | Promise<boolean>,
): Response {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const isEvents = isEventStream(answerField(response, "content-type"));
  let leave = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      leave = ends.watch(isAllowed, () => {
        reader.cancel().catch(() => {});
        // A download that is cut has to fail; an event stream just ends.
        if (isEvents) controller.close();
        else controller.error(notAllowedError());
      });
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        leave();
        controller.close();
      } catch (error) {
        leave();
        controller.error(error);
      }
    },
    cancel(reason) {
      leave();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return new Response(body, response);
}

/** Deno writes the error of a failed body to standard error: one line, without a stack. */
function notAllowedError(): Error {
  const error = new Error(
    "A response was ended: its visitor is no longer allowed",
  );
  error.stack = error.message;
  return error;
}

/** A shorter response is sent before it could be ended. */
const LONG_BYTES = 1024 * 1024;

/** Types of pages and their resources; such a response ends by itself soon. */
const DOCUMENT =
  /^(text\/(?!csv)|image\/|font\/|application\/(json|problem\+json|javascript|xml|wasm|manifest\+json)\b)/i;

/**
 * Whether a response may take long, by its fields and internals: accessing the body of a short one
 * would cost more than sending it.
 */
export function isLong(response: Response): boolean {
  const length = answerField(response, "content-length");
  if (length !== null) return Number(length) > LONG_BYTES;
  if (answerField(response, "content-disposition") !== null) return true;
  const type = answerField(response, "content-type");
  return type === null || !isDocument(type) || isStreamed(response);
}

/** Cache: nearly all responses of a site have one of a few types. */
let lastDocument = "";

function isDocument(type: string): boolean {
  if (type === lastDocument) return true;
  if (!DOCUMENT.test(type) || isEventStream(type)) return false;
  lastDocument = type;
  return true;
}

function isEventStream(type: string | null): boolean {
  return type !== null && EVENTS.test(type);
}

const EVENTS = /^text\/event-stream\b/i;
