import { endable, isLong, type OpenEnds } from "../http/open_ends.ts";
import type { RequestView } from "../http/request_view.ts";
import type { Guard } from "./guard.ts";
import { upgradedSocket } from "./upgraded.ts";
import type { Visitor } from "./visitor.ts";

/** RFC 6455, 7.4.1: the endpoint's policy is against it. */
const POLICY_VIOLATION = 1008;

/** A request that was answered, and by whom it is asked about again. */
export interface Answered {
  guard: Pick<Guard, "stillLets">;
  ends: OpenEnds;
  request: Request;
  /** What {@linkcode upgradingView} said before it was answered. */
  upgrading: RequestView | null;
  visitor: Visitor;
}

/**
 * Makes an answer that may go on for long, and a WebSocket, end within two seconds once its visitor
 * is no longer let in. Short answers are handed on as they are.
 */
export function endingWithBlock(
  answered: Answered,
  response: Response,
): Response {
  const { guard, ends, request, upgrading, visitor } = answered;
  if (response.status === 101) {
    const socket = upgradedSocket(request);
    if (socket !== undefined && upgrading !== null) {
      const leave = ends.watch(
        () => guard.stillLets(upgrading, visitor),
        () => socket.close(POLICY_VIOLATION, "no longer let in"),
      );
      socket.addEventListener("close", leave);
      socket.addEventListener("error", leave);
    }
    return response;
  }
  if (response.status >= 400 || !isLong(response)) return response;
  const view = viewOf(request);
  return endable(response, ends, () => guard.stillLets(view, visitor));
}

/** What is looked at of a request that asks to become a WebSocket; null of any other. */
export function upgradingView(request: Request): RequestView | null {
  return request.headers.has("upgrade") ? viewOf(request) : null;
}

/** What is looked at of a request; the request itself is spent by then. */
function viewOf({ method, url, headers }: Request): RequestView {
  return { method, url, headers: new Headers(headers) };
}
