import { type ComponentChild, h } from "preact";

/** Consumes a node and those after it; null: it is an ordinary one. */
export type Replace = (
  node: Node,
) => { vnode: ComponentChild; last: Node } | null;

/**
 * Converts server-rendered DOM back into vnodes, so that it becomes part of an island's tree:
 * hydrated in place, and re-created when the island shows it again.
 */
export function childrenToVNodes(
  from: Node | null,
  to: Node | null,
  replace: Replace,
): ComponentChild[] {
  const vnodes: ComponentChild[] = [];
  for (let node = from; node !== null && node !== to; node = node.nextSibling) {
    const replaced = replace(node);
    if (replaced !== null) {
      vnodes.push(replaced.vnode);
      node = replaced.last;
    } else if (node.nodeType === Node.TEXT_NODE) {
      vnodes.push((node as Text).data);
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      vnodes.push(elementToVNode(node as Element, replace));
    }
  }
  return vnodes;
}

function elementToVNode(element: Element, replace: Replace): ComponentChild {
  const props: Record<string, unknown> = {};
  for (const { name, value } of element.attributes) {
    // Preact expects functions for on*, and uses these three itself.
    if (/^(on|key$|ref$|children$)/.test(name)) continue;
    const isFlag = value === "" &&
      typeof (element as unknown as Record<string, unknown>)[name] ===
        "boolean";
    props[name] = isFlag ? true : value;
  }
  if (element.localName === "template") {
    props.dangerouslySetInnerHTML = { __html: element.innerHTML };
    return h("template", props);
  }
  return h(
    element.localName,
    props,
    ...childrenToVNodes(element.firstChild, null, replace),
  );
}
