import { endable, isLong, type OpenEnds } from "../http/open_ends.ts";
import type { RequestHead } from "../http/request_view.ts";
import type { Guard } from "./guard.ts";
import { upgradedSocket } from "./upgraded.ts";
import type { Visitor } from "./visitor.ts";

/** RFC 6455, 7.4.1: the endpoint's policy is against it. */
const POLICY_VIOLATION = 1008;

/** A request that was answered, and by whom it is asked about again. */
export interface Answered {
  guard: Pick<Guard, "stillLets">;
  ends: OpenEnds;
  head: RequestHead;
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
  const { guard, ends, head, visitor } = answered;
  if (response.status === 101) {
    const socket = head.original && upgradedSocket(head.original);
    if (socket !== undefined) {
      const leave = ends.watch(
        () => guard.stillLets(head, visitor),
        () => socket.close(POLICY_VIOLATION, "no longer let in"),
      );
      socket.addEventListener("close", leave);
      socket.addEventListener("error", leave);
    }
    return response;
  }
  if (response.status >= 400 || !isLong(response)) return response;
  return endable(response, ends, () => guard.stillLets(head, visitor));
}
