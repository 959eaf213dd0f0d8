import { reportFailure } from "../base/error_words.ts";
import { deadline } from "../base/delay.ts";
import { problem } from "../http/problem.ts";
import {
  checkSettings,
  type GuardSettings,
  type OpenGuard,
  openGuard,
} from "./open_guard.ts";
import { sentPath } from "../http/received_url.ts";
import { ServedHead } from "../http/served_head.ts";
import { tooSlow } from "./enclose.ts";
import type { Guard } from "./guard.ts";
import { endingWithBlock, isLongLived, uploadOf } from "./open_answers.ts";
import { firstPiece, type Piece } from "../http/first_piece.ts";
import { OpenEnds } from "../http/open_ends.ts";
import { mayHaveBody, withTimelyBody } from "../http/timely_body.ts";
import { rememberUpgrades } from "./upgraded.ts";
import type { Visitor } from "./visitor.ts";
import { MINUTE } from "../base/duration.ts";

/**
 * {@linkcode GuardSettings} and the store that the guard is opened on.
 *
 * @example
 * ```ts
 * import { guardHandler, type GuardOptions } from "@portcullis/portcullis/guard";
 *
 * const options: GuardOptions = {
 *   kv: () => Deno.openKv(":memory:"),
 *   policy: [{ name: "no-php", refuse: true, when: { path: "*.php" } }],
 * };
 * await using guarded = guardHandler(() => new Response("Hello"), options);
 * ```
 */
export interface GuardOptions extends GuardSettings {
  /**
   * The store; or a function that opens it, called again after a failure. A store that the guard
   * opened is also closed by it.
   */
  kv: Deno.Kv | (() => Promise<Deno.Kv>);
}

/** An object with a guard that is opened once. */
export interface Guarding {
  guard: Guard;
  /** Stores what is only in memory, and closes what was opened. */
  close(): Promise<void>;
}

/** How a {@linkcode LazyGuard} opens and closes its parts. */
export interface LazyOptions<T extends Guarding> {
  /** Called again after a failure. */
  open(): Promise<T>;
  /** Closes what stays open between attempts. */
  close?(): void;
  requestDeadlineMs: number;
  /** @default a line on standard error */
  onError?: (what: string, error: unknown) => void;
}

/**
 * The {@linkcode LazyGuard} methods that its middleware and handler also have.
 *
 * @example
 * ```ts
 * import { type GuardControls, guardHandler } from "@portcullis/portcullis/guard";
 *
 * using kv = await Deno.openKv(":memory:");
 * const controls: GuardControls = guardHandler(() => new Response(), { kv });
 * await controls.ready();
 * await controls.close();
 * ```
 */
export interface GuardControls<T = OpenGuard> extends AsyncDisposable {
  /** Opens the guard now instead of with the first request; rejects if that fails. */
  ready(): Promise<T>;
  /** Stores what is only in memory; later requests get 503. */
  close(): Promise<void>;
}

/** Handles an allowed request. */
type Next = (
  visitor: Visitor,
  request: Request,
) => Response | Promise<Response>;

/** How long a request waits for the guard to open. */
const PATIENCE_MS = 2_000;
/** A store with a million blocks takes seconds; a store that hangs is retried. */
const OPEN_DEADLINE_MS = MINUTE;
const RETRY_AFTER_MS = 250;
/** A store that is down fails with every attempt; reporting it once a minute is enough. */
const WARN_AGAIN_MS = MINUTE;

/**
 * A guard that opens with its first request. Until it has read the lists once, it fails closed:
 * requests wait for two seconds and then get 503, as allowing them would allow blocked clients.
 * From then on it always has lists: if the store fails, the last known ones stay in use.
 */
export class LazyGuard<T extends Guarding = OpenGuard>
  implements GuardControls<T> {
  readonly #options: LazyOptions<T>;
  readonly #ends = new OpenEnds();
  #open: T | undefined;
  #opening: Promise<T> | undefined;
  #failedAt = -Infinity;
  #warned = { error: "", at: -Infinity };
  #closed = false;

  constructor(options: LazyOptions<T>) {
    this.#options = options;
    rememberUpgrades();
  }

  /**
   * Handles a request: refuses it, or calls `next`. `peer` is the address at the connection's other
   * end.
   *
   * `next` gets the request with a body that fails if it arrives too slowly.
   */
  handle(
    request: Request,
    peer: string,
    next: Next,
  ): Response | Promise<Response> {
    const open = this.#open;
    if (open === undefined || this.#closed) {
      return this.#wait(request, peer, next);
    }
    return this.#guarded(open.guard, request, peer, next);
  }

  #guarded(
    guard: Guard,
    request: Request,
    peer: string,
    next: Next,
  ): Response | Promise<Response> {
    const piece = firstPiece(request);
    return piece === null
      ? this.#seen(guard, { seen: null, request }, peer, next)
      : piece.then((piece) => this.#seen(guard, piece, peer, next));
  }

  #seen(
    guard: Guard,
    { seen, request }: Piece,
    peer: string,
    next: Next,
  ): Response | Promise<Response> {
    const head = new ServedHead(request);
    const visitor = guard.identify(head.headers, peer);
    const answer = guard.handle(
      head,
      visitor,
      () =>
        mayHaveBody(head)
          ? withTimelyBody(
            request,
            this.#options.requestDeadlineMs,
            (timely) => next(visitor, timely),
            (gone) => tooSlow(request, gone),
            () => uploadOf({ guard, ends: this.#ends, head, visitor }),
          )
          : next(visitor, request),
      seen,
    );
    if (!(answer instanceof Promise)) {
      return isLongLived(answer)
        ? endingWithBlock({ guard, ends: this.#ends, head, visitor }, answer)
        : answer;
    }
    return answer.then((response) =>
      endingWithBlock({ guard, ends: this.#ends, head, visitor }, response)
    );
  }

  async #wait(
    request: Request,
    peer: string,
    next: Next,
  ): Promise<Response> {
    try {
      await deadline(this.ready(), PATIENCE_MS);
    } catch {
      return unavailable(request);
    }
    return this.#closed
      ? unavailable(request)
      : await this.handle(request, peer, next);
  }

  ready(): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new Error("Cannot open the guard: it was closed"));
    }
    const pause = this.#failedAt + RETRY_AFTER_MS - performance.now();
    if (this.#opening === undefined && pause > 0) {
      return Promise.reject(
        new Error(
          "Cannot open the guard: the last attempt failed a moment ago",
        ),
      );
    }
    return this.#opening ??= this.#begin().catch((error) => {
      this.#opening = undefined;
      this.#failedAt = performance.now();
      this.#tellOnce(error);
      throw error;
    });
  }

  async #begin(): Promise<T> {
    const opening = this.#options.open();
    let open;
    try {
      open = await deadline(opening, OPEN_DEADLINE_MS);
    } catch (error) {
      // It may still resolve, but is not needed any more.
      opening.then((open) => open.close(), () => {});
      throw error;
    }
    if (this.#closed) await open.close();
    return this.#open = open;
  }

  #tellOnce(error: unknown): void {
    const { error: last, at } = this.#warned;
    const text = String(error);
    if (text === last && this.#failedAt - at < WARN_AGAIN_MS) return;
    this.#warned = { error: text, at: this.#failedAt };
    this.report("sys_guard_open_fail", error);
  }

  /** Reports errors that do not show in responses. */
  report(what: string, error: unknown): void {
    (this.#options.onError ?? reportFailure)(what, error);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const opening = this.#opening?.catch(() => undefined);
    if (opening) await deadline(opening, PATIENCE_MS).catch(() => {});
    await this.#open?.close();
    this.#options.close?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * A guard on the store of its options.
 *
 * @throws if a setting is invalid, as {@linkcode openGuard} does.
 */
export function lazyGuard(options: GuardOptions): LazyGuard {
  const { requestDeadline } = checkSettings(options);
  const { kv: given, ...settings } = options;
  let kv: Deno.Kv | undefined;
  return new LazyGuard({
    requestDeadlineMs: requestDeadline,
    onError: options.onError,
    async open() {
      if (typeof given !== "function") return await openGuard(given, settings);
      kv ??= await deadline(given(), OPEN_DEADLINE_MS);
      return await openGuard(kv, settings);
    },
    close: () => kv?.close(),
  });
}

/** The controls of a guard, to be attached to its handler. */
export function controlsOf<T extends Guarding>(
  guard: LazyGuard<T>,
): GuardControls<T> {
  return {
    ready: () => guard.ready(),
    close: () => guard.close(),
    [Symbol.asyncDispose]: () => guard.close(),
  };
}

function unavailable(request: Request): Response {
  const headers = { "retry-after": "1", "cache-control": "no-store" };
  const path = sentPath(request.url, request.headers.get("host"));
  if (path === "/api" || path.startsWith("/api/")) {
    return problem(503, "The store does not answer.", headers);
  }
  return new Response("Service Unavailable\n", { status: 503, headers });
}
