import { cutAfter } from "../http/cut_answer.ts";
import { endable, isLong, type OpenEnds } from "../http/open_ends.ts";
import type { RequestHead } from "../http/request_view.ts";
import type { UploadWatch } from "../http/timely_body.ts";
import type { Guard } from "./guard.ts";
import { upgradedSocket } from "./upgraded.ts";
import type { Visitor } from "./visitor.ts";

/** RFC 6455, 7.4.1: the message violates the endpoint's policy. */
const POLICY_VIOLATION = 1008;

/** A request that got a response, and what re-checks it. */
export interface Answered {
  guard: Pick<Guard, "stillAllows" | "endedFor">;
  ends: OpenEnds;
  head: RequestHead;
  visitor: Visitor;
}

/** The same for an upload: it gets 403, and is not read further. */
export function uploadOf(
  { guard, ends, head, visitor }: Answered,
): UploadWatch<Response> {
  return {
    ends,
    isAllowed: () => guard.stillAllows(head, visitor),
    refused: (gone) =>
      cutAfter(
        guard.endedFor(head, visitor),
        "An upload was ended: its sender is no longer allowed",
        gone,
      ),
  };
}

/** Whether a response may last long: a WebSocket, a download, a stream. */
export function isLongLived(response: Response): boolean {
  const { status } = response;
  return status === 101 || status < 400 && isLong(response);
}

/**
 * Makes a long-lived response or WebSocket end within two seconds once its visitor is no longer
 * allowed. Short responses are returned unchanged.
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
        () => guard.stillAllows(head, visitor),
        () => socket.close(POLICY_VIOLATION, "no longer allowed"),
      );
      socket.addEventListener("close", leave);
      socket.addEventListener("error", leave);
    }
    return response;
  }
  if (!isLongLived(response)) return response;
  return endable(response, ends, () => guard.stillAllows(head, visitor));
}
