import { LONGEST_SENT, memo } from "../base/memo.ts";
import { pathOfTarget, targetFault } from "./received_url.ts";
import { recordedPath } from "./record_fields.ts";

/** So many are remembered: a site has few pages, and their queries repeat. */
const MOST = 8_192;

/**
 * What is known of a target, found once: it comes again, and then one look-up stands for all that
 * would be cut out of it, tested and written down.
 */
export class SeenTarget {
  /** Path and query as they were sent. */
  readonly target: string;
  /** The path of it, without query. */
  readonly path: string;
  /** What is recorded of the path. */
  readonly recorded: string;
  /** What is wrong with it, or null. */
  readonly fault: string | null;
  /** The signals that it showed, for the host below; -1 where nobody has looked yet. */
  shown = -1;
  shownFor: string | undefined = undefined;

  constructor(target: string) {
    this.target = target;
    this.path = pathOfTarget(target);
    this.recorded = recordedPath(this.path);
    this.fault = targetFault(target);
  }
}

/** What is known of a target, which is not changed but for the signals. */
export const seenTarget: (target: string) => SeenTarget = memo(
  (target) => new SeenTarget(target),
  MOST,
  LONGEST_SENT,
);
