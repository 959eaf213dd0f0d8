import { LONGEST_SENT, memo } from "../base/memo.ts";
import { pathOfTarget, targetFault } from "./received_url.ts";
import { recordedPath } from "./record_fields.ts";

/** The size of the cache: a site has few pages, and their queries repeat. */
const MOST = 8_192;

/**
 * The cached properties of a target. Targets repeat, so that one look-up replaces the parsing,
 * checking and truncating.
 */
export class SeenTarget {
  /** Path and query as they were sent. */
  readonly target: string;
  /** The path, without query. */
  readonly path: string;
  /** The path as it is logged. */
  readonly recorded: string;
  /** What is wrong with it, or null. */
  readonly fault: string | null;
  /** The signals that it showed, for the host below; -1 if not computed yet. */
  shown = -1;
  shownFor: string | undefined = undefined;

  constructor(target: string) {
    this.target = target;
    this.path = pathOfTarget(target);
    this.recorded = recordedPath(this.path);
    this.fault = targetFault(target);
  }
}

/** The properties of a target, immutable except for the signals. */
export const seenTarget: (target: string) => SeenTarget = memo(
  (target) => new SeenTarget(target),
  MOST,
  LONGEST_SENT,
);
