/**
 * Keeps Fresh from marking links. It marks a link to the page as current, and also every link to a
 * parent page: `/` on every page, which a screen reader then announces each time. The links here
 * set it themselves; Fresh skips a link that has an `aria-current`.
 *
 * @module
 */
import { options, type VNode } from "preact";
// First, so that the hook below runs before Fresh's own.
import "fresh";

const before = options.vnode;

options.vnode = function unmarkedLink(vnode: VNode) {
  if (vnode.type === "a") {
    const props = vnode.props as { "aria-current"?: unknown };
    if (props["aria-current"] === undefined) props["aria-current"] = null;
  }
  before?.(vnode);
};
