/**
 * Keeps Fresh from marking links by itself. It marks a link to the page as current, and so does it
 * every link to a page above it: `/` on every page, which a screen reader then says each time. What
 * is current is said by the link itself here; Fresh leaves alone a link that has an `aria-current`.
 *
 * @module
 */
import { options, type VNode } from "preact";
// First, so that the hook below is asked before its own.
import "fresh";

const before = options.vnode;

options.vnode = function unmarkedLink(vnode: VNode) {
  if (vnode.type === "a") {
    const props = vnode.props as { "aria-current"?: unknown };
    if (props["aria-current"] === undefined) props["aria-current"] = null;
  }
  before?.(vnode);
};
