import {
  type ComponentChildren,
  Fragment,
  h,
  isValidElement,
  toChildArray,
  type VNode,
} from "preact";
import { renderToString } from "preact-render-to-string";

/**
 * Puts what <Head> collected where the mark is. A title or a meta element of
 * the same name takes the place of an earlier one, of the layout's too.
 */
export function mergeHead(
  html: string,
  mark: string,
  collected: ComponentChildren[],
): string {
  const at = html.indexOf(mark);
  if (at === -1) return html;
  let before = html.slice(0, at);
  const after = html.slice(at + mark.length);

  const elements = new Map<unknown, VNode>();
  for (const vnode of flatten(collected)) {
    const identity = identityOf(vnode);
    // Removed first, so that the later one also comes later.
    elements.delete(identity);
    elements.set(identity, vnode);
  }
  for (const identity of elements.keys()) {
    if (typeof identity === "string") before = remove(before, identity);
  }
  return before + renderToString(h(Fragment, null, ...elements.values())) +
    after;
}

function flatten(children: ComponentChildren): VNode[] {
  return toChildArray(children).flatMap((child) => {
    if (!isValidElement(child)) return [];
    return child.type === Fragment
      ? flatten((child.props as { children: ComponentChildren }).children)
      : [child as VNode];
  });
}

/** A string for what may exist once, the vnode itself for anything else. */
function identityOf(vnode: VNode): unknown {
  const props = vnode.props as Record<string, unknown>;
  if (vnode.type === "title") return "title";
  if (vnode.type === "meta") {
    for (const name of ["name", "property", "http-equiv"]) {
      if (typeof props[name] === "string") return `${name}="${props[name]}"`;
    }
  }
  return vnode.key ?? vnode;
}

function remove(html: string, identity: string): string {
  if (identity === "title") {
    return html.replace(/<title>[^<]*<\/title>/, "");
  }
  const at = html.indexOf(" " + identity);
  if (at === -1) return html;
  const start = html.lastIndexOf("<", at);
  if (!html.startsWith("<meta", start)) return html;
  return html.slice(0, start) + html.slice(html.indexOf(">", at) + 1);
}
