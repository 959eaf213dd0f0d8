import { METHODS } from "../http/methods.ts";
import { plainAnswer } from "../http/plain_answer.ts";
import { sentPath } from "../http/received_url.ts";
import { cutAfter } from "../http/cut_answer.ts";
import { firstPiece } from "../http/first_piece.ts";
import { ServedHead } from "../http/served_head.ts";
import { OpenEnds } from "../http/open_ends.ts";
import { SlowBodyError, withTimelyBody } from "../http/timely_body.ts";
import type { Guard } from "./guard.ts";
import { endingWithBlock, uploadOf } from "./open_answers.ts";
import { type GuardedInfo, NO_INFO, peerAddress, withVisitor } from "./info.ts";

/**
 * What `app.handler()` of Fresh returns.
 *
 * @example
 * ```ts
 * import type { FreshHandler } from "@portcullis/portcullis/guard";
 * import { App } from "fresh";
 *
 * const handler: FreshHandler = new App().handler();
 * ```
 */
export type FreshHandler = (
  request: Request,
  info?: Deno.ServeHandlerInfo,
) => Promise<Response>;

/**
 * The part of a Fresh app that is wrapped.
 *
 * @example
 * ```ts
 * import type { FreshApp } from "@portcullis/portcullis/guard";
 * import { App } from "fresh";
 *
 * const app: FreshApp = new App();
 * ```
 */
export interface FreshApp {
  /** Called by whatever serves the app. */
  handler(): FreshHandler;
}

/** Handles a request whose visitor is identified. */
export type VisitorHandler = (
  request: Request,
  info: GuardedInfo,
) => Promise<Response>;

const ALLOW = [...METHODS].join(", ");

/**
 * Wraps an app: everything that serves it (its own `listen()`, a build's `server.js`, the
 * development server, a test) calls `app.handler()`, and so do we. A Fresh middleware is not
 * enough: before the first one runs, Fresh has refused methods that it does not know, parameters
 * that it cannot decode and hosts that make no URL.
 */
export function enclose(
  app: FreshApp,
  around: (inner: FreshHandler) => FreshHandler,
): void {
  const handler = app.handler.bind(app);
  app.handler = () => around(handler());
}

/** Passes the visitor to `next` in `info.visitor`. */
export function identified(guard: Guard, next: VisitorHandler): FreshHandler {
  return function identifiedHandler(request, info = NO_INFO) {
    const peer = peerAddress(info.remoteAddr);
    const head = new ServedHead(request);
    const visitor = guard.identify(head.headers, peer);
    return next(request, withVisitor(info, visitor, head));
  };
}

/**
 * Puts the guard in front of `next`. A body that arrives too slowly gets 408, and open responses
 * end once their visitor is no longer allowed.
 */
export function guarded(
  guard: Guard,
  next: VisitorHandler,
  { requestDeadlineMs, ends = new OpenEnds() }: {
    requestDeadlineMs: number;
    ends?: OpenEnds;
  },
): VisitorHandler {
  return async function guardedHandler(request, info) {
    const { visitor } = info;
    const piece = firstPiece(request);
    const { seen, request: served } = piece === null
      ? { seen: null, request }
      : await piece;
    const head = info.head?.original === served
      ? info.head
      : new ServedHead(served);
    const answered = { guard, ends, head, visitor };
    const response = await guard.handle(
      head,
      visitor,
      () =>
        withTimelyBody(
          served,
          requestDeadlineMs,
          (timely) => next(timely, info),
          (gone) => tooSlow(request, gone),
          () => uploadOf(answered),
        ),
      seen,
    );
    return endingWithBlock(answered, response);
  };
}

/** Closes the connection: the rest of the body would come as slowly. */
export function tooSlow(request: Request, gone: Promise<void>): Response {
  const path = sentPath(request.url, request.headers.get("host"));
  const { message } = new SlowBodyError();
  return cutAfter(
    plainAnswer(408, path, `${message}.`),
    "A request was ended: its body arrived too slowly",
    gone,
  );
}

/**
 * Handles what Fresh would fail on: 405 for unsupported methods, 400 for a path that cannot be
 * decoded, 500 for everything else, which is reported to `onError`.
 */
export function answeringFaults(
  inner: FreshHandler,
  onError: (error: unknown, request: Request) => void,
): VisitorHandler {
  return async function faultsHandler(request, info) {
    const path = () => sentPath(request.url, request.headers.get("host"));
    if (!METHODS.has(request.method)) {
      return plainAnswer(405, path(), "This method is not supported.", {
        allow: ALLOW,
      });
    }
    try {
      return await inner(request, info);
    } catch (error) {
      if (error instanceof URIError && !isDecodable(path())) {
        return plainAnswer(400, path(), "The path is not valid UTF-8.");
      }
      onError(error, request);
      return plainAnswer(500, path(), "An internal error occurred.");
    }
  };
}

function isDecodable(path: string): boolean {
  try {
    decodeURI(path);
    return true;
  } catch {
    return false;
  }
}
